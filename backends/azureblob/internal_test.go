package azureblob

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/Azure/azure-sdk-for-go/sdk/azcore"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"pgregory.net/rapid"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver"
	"github.com/tenure-go/tenure/internal/testutil/azuriteserver/azuritetest"
)

func TestNames_AreKeys(t *testing.T) {
	t.Parallel()
	s := &Store{prefix: "n/"}
	rapid.Check(t, func(t *rapid.T) {
		key, err := backends.NewKey(rapid.SliceOfN(rapid.String(), 1, 5).Draw(t, "segments")...)
		if err != nil {
			t.Skip("too long")
		}
		name := s.recordName(key)
		back, err := s.keyOf(name)
		if err != nil || back != key {
			t.Fatalf("%q is named %q, which is %q, %v", key, name, back, err)
		}
		if own := strings.TrimPrefix(name, s.records()); strings.ContainsAny(own, `/\.%?#`) {
			t.Fatalf("%q is named %q", key, own)
		}
	})
}

func TestValue_ComesBack(t *testing.T) {
	t.Parallel()
	for _, size := range []int{0, 1, 2, 3, maxInline - 1, maxInline, maxInline + 1} {
		meta, content := encode(make([]byte, size))
		total := 0
		for name, v := range meta {
			total += len(name) + len(*v)
		}
		value, inline, ok := decode(map[string]*string{"Tenure": meta[metaName], "Owner": nil})
		if !ok || inline != (size <= maxInline) || inline && len(value) != size || inline != (len(content) == 0) || total > 8<<10 {
			t.Errorf("%d bytes: %d inline %v, %d of content, %d of metadata", size, len(value), inline, len(content), total)
		}
	}
}

func TestRevision_HasOneForm(t *testing.T) {
	t.Parallel()
	quoted, bare := azcore.ETag(`"0x8DC1"`), azcore.ETag(`0x8DC1`)
	for _, e := range []*azcore.ETag{&quoted, &bare} {
		if r, err := revision(e); err != nil || r != "0x8DC1" || *etag(r) != quoted {
			t.Errorf("%q is the revision %q, %v", *e, r, err)
		}
	}
	weak, every, none := azcore.ETag(`W/"0x8DC1"`), azcore.ETagAny, azcore.ETag("")
	for _, e := range []*azcore.ETag{nil, &weak, &every, &none} {
		if r, err := revision(e); !errors.Is(err, backends.ErrUnsupported) {
			t.Errorf("%v is the revision %q, %v; want ErrUnsupported", e, r, err)
		}
	}
}

// What the service says has one meaning each, and a text without secrets.
func TestErrors(t *testing.T) {
	t.Parallel()
	dial := &net.OpError{Op: "dial", Err: errors.New("refused")}
	cut := &net.OpError{Op: "read", Err: errors.New("reset")}
	secret := "https://a.blob.core.windows.net/c?sv=1&sig=SECRET"
	answer := func(status int, code string) error {
		request, _ := http.NewRequest(http.MethodPut, secret, nil)
		return &azcore.ResponseError{StatusCode: status, ErrorCode: code, RawResponse: &http.Response{StatusCode: status, Request: request, Header: http.Header{"X-Ms-Request-Id": {"r-1"}}}}
	}
	for _, test := range []struct {
		err     error
		kind    error
		refused bool
	}{
		{answer(403, "AuthenticationFailed"), backends.ErrDenied, true},
		{answer(403, "AuthorizationPermissionMismatch"), backends.ErrDenied, true},
		{answer(403, "SomethingNew"), backends.ErrDenied, true},
		{answer(401, ""), backends.ErrDenied, true},
		{answer(404, "ContainerNotFound"), backends.ErrInvalid, true},
		{answer(409, "ContainerBeingDeleted"), backends.ErrUnavailable, true},
		{answer(409, "BlobImmutableDueToPolicy"), backends.ErrUnsupported, true},
		{answer(409, "InvalidBlobType"), backends.ErrForeign, true},
		{answer(400, "InvalidHeaderValue"), backends.ErrInvalid, true},
		{answer(408, ""), backends.ErrUnavailable, false},
		{answer(429, ""), backends.ErrUnavailable, true},
		{answer(500, "InternalError"), backends.ErrUnavailable, false},
		{answer(503, "ServerBusy"), backends.ErrUnavailable, false},
		{answer(302, ""), backends.ErrUnavailable, false},
		{&url.Error{Op: "Put", URL: secret, Err: dial}, backends.ErrUnavailable, true},
		{&url.Error{Op: "Put", URL: secret, Err: cut}, backends.ErrUnavailable, false},
		{fmt.Errorf("outer: %w", &url.Error{Op: "Put", URL: secret, Err: cut}), backends.ErrUnavailable, false},
		{fmt.Errorf("%w: canceled", errNotSent), backends.ErrUnavailable, true},
		{foreign("b"), backends.ErrForeign, false},
		{errors.New("no token"), backends.ErrUnavailable, false},
	} {
		err := wrap("try", test.err)
		if !errors.Is(err, test.kind) || refused(test.err) != test.refused {
			t.Errorf("%v: refused %v; want %v and %v", err, refused(test.err), test.kind, test.refused)
		}
		if text := err.Error(); strings.Contains(text, "SECRET") || strings.ContainsAny(text, "\n") {
			t.Errorf("%q shows a secret or takes several lines", text)
		}
	}
	var native *azcore.ResponseError
	if err := wrap("try", answer(503, "ServerBusy")); !errors.As(err, &native) || !strings.Contains(err.Error(), "r-1") {
		t.Errorf("%v: want the library's error inside, and the request's ID", err)
	}
}

// Pages have 5,000 records on the service, too many for a test.
func TestList_FollowsPages(t *testing.T) {
	t.Parallel()
	server := azuritetest.Start(t)
	key, err := container.NewSharedKeyCredential(azuriteserver.Account, azuriteserver.Key)
	if err != nil {
		t.Fatal(err)
	}
	client, err := container.NewClientWithSharedKeyCredential("http://"+server.Addr()+"/"+azuriteserver.Account+"/pages", key, nil)
	if err == nil {
		_, err = client.Create(t.Context(), nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	s, err := New(t.Context(), client, "n")
	if err != nil {
		t.Fatal(err)
	}
	s.page = 7
	const count = 30
	var writes []backends.Write
	var keys []backends.Key
	for i := range count {
		keys = append(keys, backends.Key(fmt.Sprint("d/", i)))
		writes = append(writes, backends.Write{Key: keys[i]})
		if _, _, err := s.OpenSession(t.Context(), backends.SessionSpec{TTL: s.Capabilities().MaxTTL}); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := s.Write(t.Context(), writes...); err != nil {
		t.Fatal(err)
	}
	records, err := s.List(t.Context(), "d/")
	if err != nil || len(records) != count {
		t.Errorf("%d records are listed, %v; want %d", len(records), err, count)
	}
	infos, err := s.Sessions(t.Context())
	if err != nil || len(infos) != count {
		t.Errorf("%d sessions are listed, %v; want %d", len(infos), err, count)
	}
	// A directory that is too large for one page is read key by key, from then on at once.
	s.atMost = 7
	for range 2 {
		read, err := s.Read(t.Context(), keys...)
		for i, r := range read {
			if r.Key != keys[i] || r.Revision == backends.Absent {
				t.Errorf("read %q: %+v", keys[i], r)
			}
		}
		if _, large := s.large.Load(backends.Dir("d/")); err != nil || !large {
			t.Errorf("Read: %v, known as large %v", err, large)
		}
	}
}
