package azureblob

import (
	"encoding/base64"
	"fmt"
	"regexp"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"

	"github.com/tenure-go/tenure/backends"
)

// metaName is the one metadata name of every blob of a store. Its value is "inline:" and
// the record's value in base64, or "content" for a value that is the blob's content.
const (
	metaName   = "tenure"
	metaInline = "inline:"
	metaBody   = "content"
)

// encode splits a value into metadata and content.
func encode(value []byte) (meta map[string]*string, content []byte) {
	text := metaBody
	if len(value) <= maxInline {
		text, value = metaInline+base64.StdEncoding.EncodeToString(value), nil
	}
	return map[string]*string{metaName: &text}, value
}

// decode is the inverse of encode. Without the content of the blob it returns inline
// false for a value that is there.
func decode(meta map[string]*string) (value []byte, inline bool, ok bool) {
	text := ""
	for name, v := range meta {
		// A header's name comes back in other capitals than a listing's.
		if strings.EqualFold(name, metaName) && v != nil {
			text = *v
		}
	}
	if text == metaBody {
		return nil, false, true
	}
	text, ok = strings.CutPrefix(text, metaInline)
	if !ok {
		return nil, false, false
	}
	value, err := base64.StdEncoding.Strict().DecodeString(text)
	return value, true, err == nil && len(value) <= maxInline
}

// revisionPattern is that of an ETag without its quotes. It matches no "*", which as a
// condition would mean any version.
var revisionPattern = regexp.MustCompile(`^[0-9A-Za-z]{1,64}$`)

// revision turns an ETag into a revision. Headers show it in quotes, listings do not.
func revision(etag *azcore.ETag) (backends.Revision, error) {
	if etag == nil {
		return "", fmt.Errorf("%w: an answer without ETag: does something between client and service take it away?", backends.ErrUnsupported)
	}
	r := strings.Trim(string(*etag), `"`)
	if !revisionPattern.MatchString(r) {
		return "", fmt.Errorf("%w: an ETag of the form %.40q: does something between client and service rewrite answers?", backends.ErrUnsupported, *etag)
	}
	return backends.Revision(r), nil
}

// etag is the inverse of revision.
func etag(r backends.Revision) *azcore.ETag {
	e := azcore.ETag(`"` + string(r) + `"`)
	return &e
}
