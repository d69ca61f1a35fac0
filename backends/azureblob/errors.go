package azureblob

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"

	"github.com/tenure-go/tenure/backends"
)

// The service's words for what decides about sessions and writes ("Blob service error
// codes").
var (
	// goneCodes: the blob does not exist. A missing container is another word, so that
	// it proves no death.
	goneCodes = []bloberror.Code{bloberror.BlobNotFound}
	// leasedCodes: a lease holds the blob, and the request did not give its ID.
	leasedCodes = []bloberror.Code{bloberror.LeaseIDMissing}
	// endedCodes: the lease of the given ID holds the blob no more.
	endedCodes = []bloberror.Code{bloberror.LeaseLost, bloberror.LeaseNotPresentWithBlobOperation, bloberror.LeaseIDMismatchWithBlobOperation}
	// lostCodes: a renewal will never succeed again.
	lostCodes = []bloberror.Code{
		bloberror.BlobNotFound, bloberror.ContainerNotFound, bloberror.LeaseLost, bloberror.LeaseIDMismatchWithLeaseOperation,
		bloberror.LeaseNotPresentWithLeaseOperation, bloberror.LeaseIsBrokenAndCannotBeRenewed,
	}
	// conflictCodes: the blob has another version, or exists.
	conflictCodes = []bloberror.Code{bloberror.BlobAlreadyExists, bloberror.ConditionNotMet}
)

const (
	credentials = "check the account's key, the SAS and its end, or the identity, and this machine's clock"
	permission  = "give the identity the role, or the SAS the permissions, of the package documentation"
)

// known is what the service's words mean here, and what a person can do about it.
var known = map[string]struct {
	kind   error
	advice string
}{
	"AuthenticationFailed":                      {backends.ErrDenied, credentials},
	"NoAuthenticationInformation":               {backends.ErrDenied, credentials},
	"InvalidAuthenticationInfo":                 {backends.ErrDenied, credentials},
	"ContainerNotFound":                         {backends.ErrInvalid, "the container does not exist: create it"},
	"ContainerBeingDeleted":                     {backends.ErrUnavailable, "the container is being deleted: create it again in half a minute"},
	"LeaseIdMissing":                            {backends.ErrUnavailable, "somebody else holds a lease on the blob: break it"},
	"InvalidBlobType":                           {backends.ErrForeign, "the blob was not written by this store: remove it, or choose another namespace"},
	"BlobImmutableDueToPolicy":                  {backends.ErrUnsupported, "take the container's immutability policy away, or use another container"},
	"ServerBusy":                                {backends.ErrUnavailable, "the service limits the rate of requests, or moves the container to another server"},
	"OperationTimedOut":                         {backends.ErrUnavailable, "the service was too slow"},
	"KeyBasedAuthenticationNotPermitted":        {backends.ErrDenied, "the account takes no shared keys: use Entra ID"},
	"AuthorizationFailure":                      {backends.ErrDenied, credentials + "; " + permission + "; look at the account's firewall"},
	"AuthorizationPermissionMismatch":           {backends.ErrDenied, permission},
	string(bloberror.UnauthorizedBlobOverwrite): {backends.ErrDenied, permission},
}

// wrap maps an error to a sentinel and keeps both. What already has a sentinel keeps it.
func wrap(doing string, err error) error {
	for _, own := range []error{backends.ErrForeign, backends.ErrUnsupported, backends.ErrUnavailable, backends.ErrDenied, backends.ErrInvalid} {
		if errors.Is(err, own) {
			return fmt.Errorf("azureblob: %s: %w", doing, err)
		}
	}
	var answer *azcore.ResponseError
	if !errors.As(err, &answer) {
		return fmt.Errorf("azureblob: %s: %w: %w", doing, backends.ErrUnavailable, readable(err))
	}
	if k, ok := known[answer.ErrorCode]; ok {
		return fmt.Errorf("azureblob: %s: %w: %w (%s)", doing, k.kind, readable(err), k.advice)
	}
	switch answer.StatusCode {
	case http.StatusUnauthorized, http.StatusForbidden:
		return fmt.Errorf("azureblob: %s: %w: %w (%s)", doing, backends.ErrDenied, readable(err), permission)
	case http.StatusBadRequest:
		return fmt.Errorf("azureblob: %s: %w: %w", doing, backends.ErrInvalid, readable(err))
	}
	return fmt.Errorf("azureblob: %s: %w: %w", doing, backends.ErrUnavailable, readable(err))
}

// native is an error of the client library with a text of its own.
type native struct {
	text string
	error
}

func (n native) Error() string { return n.text }
func (n native) Unwrap() error { return n.error }

// readable gives an error of the client library a text of one line. The library's own
// holds the whole answer, or the URL, and that has the signature of a SAS.
func readable(err error) error {
	var answer *azcore.ResponseError
	if errors.As(err, &answer) {
		request := ""
		if answer.RawResponse != nil {
			request = answer.RawResponse.Header.Get("x-ms-request-id")
		}
		return native{fmt.Sprintf("the service answers %d %s to request %q", answer.StatusCode, answer.ErrorCode, request), answer}
	}
	var sending *url.Error
	if errors.As(err, &sending) {
		return fmt.Errorf("%s: %w", sending.Op, sending.Err) // without the URL
	}
	return err
}

func hasCode(err error, codes []bloberror.Code) bool {
	return err != nil && bloberror.HasCode(err, codes...)
}

// refused reports whether a request surely had no effect, and will have none: the
// service said so, or nothing was sent. A 408 or 5xx may come after the effect.
func refused(err error) bool {
	var answer *azcore.ResponseError
	if errors.As(err, &answer) {
		return answer.StatusCode >= 400 && answer.StatusCode < 500 && answer.StatusCode != http.StatusRequestTimeout
	}
	var network *net.OpError
	return errors.Is(err, errNotSent) || errors.As(err, &network) && network.Op == "dial"
}
