package azureblob

import (
	"context"
	"errors"
	"net/url"
	"strings"

	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/bloberror"
	"github.com/Azure/azure-sdk-for-go/sdk/storage/azblob/container"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
)

// URL opens addresses of the forms
//
//	azblob://account:KEY@account.blob.core.windows.net/container?namespace=app
//	azblob://account.blob.core.windows.net/container?sas_token=sv%3D…%26sig%3D…
//	azblob://account:KEY@localhost:10000/container?emulator=true&create=true
//
// for backendurl.Open: with the account and its key, or with a SAS. In the key, / and +
// and = are written as %2F, %2B and %3D. Entra ID needs a library of its own: give New a
// client for that. The parameters are
//
//   - namespace: that of New, by default "tenure"
//   - sas_token: the SAS, without a question mark, with = and & as %3D and %26, in place of
//     the account and its key
//   - create: true to create the container if it is not there; by default false
//   - emulator: true for Azurite, which speaks HTTP without TLS and has the account in the
//     path; by default false
func URL() backendurl.Scheme {
	return backendurl.Scheme{Names: []string{"azblob"}, Example: "azblob://account:key@account.blob.core.windows.net/container", Open: open}
}

func open(ctx context.Context, u *backendurl.URL) (backends.Backend, func() error, error) {
	p := u.Params()
	namespace, sas := p.Namespace(), p.String("sas_token", "")
	create, emulator := p.Bool("create", false), p.Bool("emulator", false)
	if err := p.Done(); err != nil {
		return nil, nil, err
	}
	client, err := newClient(u, sas, emulator)
	if err != nil {
		return nil, nil, err
	}
	if create {
		_, err := client.Create(ctx, nil)
		if err != nil && !bloberror.HasCode(err, bloberror.ContainerAlreadyExists) {
			return nil, nil, wrap("create the container", err)
		}
	}
	store, err := New(ctx, client, namespace)
	if err != nil {
		return nil, nil, err
	}
	return store, func() error { return nil }, nil // the client is a value, its transport is shared
}

func newClient(u *backendurl.URL, sas string, emulator bool) (*container.Client, error) {
	name, account := strings.Trim(u.Path, "/"), u.User()
	key, _ := u.Password()
	switch {
	case len(u.Hosts) != 1:
		return nil, u.Invalid("there are %d hosts, want one: write azblob://account.blob.core.windows.net/container", len(u.Hosts))
	case name == "" || strings.Contains(name, "/"):
		return nil, u.Invalid("the path is the container's name, and is %q", u.Path)
	case (account == "") != (key == ""):
		return nil, u.Invalid("an account and its key go together")
	case (account == "") == (sas == ""):
		return nil, u.Invalid("give either the account and its key before the host, or sas_token")
	case emulator && account == "":
		return nil, u.Invalid("the emulator has the account in its path: give the account and its key")
	}
	address := url.URL{Scheme: "https", Host: u.Hosts[0], Path: "/" + name, RawQuery: sas}
	if emulator {
		address.Scheme, address.Path = "http", "/"+account+"/"+name
	}
	if sas != "" {
		client, err := container.NewClientWithNoCredential(address.String(), nil)
		if err != nil {
			return nil, u.Refused(err)
		}
		return client, nil
	}
	credential, err := container.NewSharedKeyCredential(account, key)
	if err != nil {
		return nil, u.Refused(errors.Join(errors.New("the key is not in base64: is a character not escaped?"), err))
	}
	client, err := container.NewClientWithSharedKeyCredential(address.String(), credential, nil)
	if err != nil {
		return nil, u.Refused(err)
	}
	return client, nil
}
