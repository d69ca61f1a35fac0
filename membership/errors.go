package membership

import "errors"

// Sentinels for errors.Is, also as the context.Cause of a claim's context.
var (
	// ErrInvalidConfig: a setting is out of its limits. The text names the
	// setting, the limit and the value.
	ErrInvalidConfig = errors.New("invalid configuration")
	// ErrRevoked: the claim is still yours; finish and return, it is handed
	// over then.
	ErrRevoked = errors.New("claim revoked: still held, finish and return")
	// ErrLost: the claim is already gone, or cannot be trusted any more; stop
	// at once.
	ErrLost = errors.New("claim lost: stop at once")
	// ErrTrustEnded: the session was not renewed within its trust window. It
	// comes wrapped in ErrLost.
	ErrTrustEnded = errors.New("trust window ended without a renewal")
	// ErrReleased: the claim was given up after its callback had returned.
	ErrReleased = errors.New("claim released")
	// ErrLeft: the node has left, or is leaving.
	ErrLeft = errors.New("node has left")
	// ErrAlreadyRunning: this node already runs that election or group.
	ErrAlreadyRunning = errors.New("already running on this node")
	// ErrStuck: callbacks had not returned when Leave ran out of time. Their
	// claims are left to expire.
	ErrStuck = errors.New("callbacks have not returned")
	// ErrNotJoined: the node has no session right now; it is joining again.
	ErrNotJoined = errors.New("no session right now")
	// ErrAbandoned: a call to the store did not return in its time.
	ErrAbandoned = errors.New("call to the store abandoned")
)
