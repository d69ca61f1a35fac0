package azureblob

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/tenure-go/tenure/backends"
)

// toFlat makes a blob name of a key. A '/' would part the name into path segments, of
// which the service allows 254 and a key can have more, and an account with a
// hierarchical namespace cannot have both "a" and "a/b". A '.' at the end of a name gets
// lost on the way, and '%' has a meaning in URLs. Keys have none of the substitutes.
var (
	toFlat   = strings.NewReplacer("/", ":", ".", "@", "%", "=")
	fromFlat = strings.NewReplacer(":", "/", "@", ".", "=", "%")
)

func flat(path string) string { return toFlat.Replace(path) }

func (s *Store) records() string  { return s.prefix + "records/" }
func (s *Store) sessions() string { return s.prefix + "sessions/" }

func (s *Store) recordName(key backends.Key) string { return s.records() + flat(string(key)) }

// dirPrefix begins the names of the records in a directory, and no others.
func (s *Store) dirPrefix(dir backends.Dir) string { return s.records() + flat(string(dir)) }

// keyOf is the inverse of recordName.
func (s *Store) keyOf(name string) (backends.Key, error) {
	rest := strings.TrimPrefix(name, s.records())
	key := backends.Key(fromFlat.Replace(rest))
	if s.recordName(key) != name || key.Valid() != nil {
		return "", foreign(name)
	}
	return key, nil
}

// idPattern is what backends.NewSessionID makes. A session with another name does not
// exist, and so is dead.
var idPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

func (s *Store) sessionName(id backends.SessionID) string { return s.sessions() + string(id) }

// sessionOf is the inverse of sessionName.
func (s *Store) sessionOf(name string) (backends.SessionID, error) {
	id := strings.TrimPrefix(name, s.sessions())
	if !idPattern.MatchString(id) {
		return "", foreign(name)
	}
	return backends.SessionID(id), nil
}

func foreign(name string) error {
	return fmt.Errorf("azureblob: %w: the blob %.120q was not written by this store: remove it, or choose another namespace", backends.ErrForeign, name)
}
