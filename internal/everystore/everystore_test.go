package everystore_test

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/backendurl"
	"github.com/tenure-go/tenure/internal/everystore"
)

func TestSchemes(t *testing.T) {
	t.Parallel()
	_, _, err := everystore.Open(t.Context(), "nothing://u:hunter2@h")
	if !errors.Is(err, backends.ErrInvalid) || strings.Contains(err.Error(), "hunter2") {
		t.Errorf("an unknown scheme: %v", err)
	}
	for _, s := range everystore.Schemes() {
		u, parsed := backendurl.Parse(s.Example)
		if parsed != nil || !slices.Contains(s.Names, u.Scheme) {
			t.Errorf("the example %s of the schemes %q: %v", s.Example, s.Names, parsed)
		}
		if err != nil && !strings.Contains(err.Error(), s.Example) {
			t.Errorf("%v: the example %s is missing", err, s.Example)
		}
	}
	store, closeStore, err := everystore.Open(t.Context(), "memory:")
	if err != nil || store.Capabilities().Store != "memory" || closeStore() != nil {
		t.Errorf("memory: %v", err)
	}
}

// authority makes certificates in files of a folder.
type authority struct {
	dir  string
	cert *x509.Certificate
	key  *ecdsa.PrivateKey
}

func newAuthority(t *testing.T) *authority {
	a := &authority{dir: t.TempDir()}
	a.issue(t, "ca", &x509.Certificate{IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageCertSign})
	return a
}

func (a *authority) file(name string) string { return filepath.Join(a.dir, name) }

// issue writes NAME.pem and NAME.key.
func (a *authority) issue(t *testing.T, name string, template *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template.SerialNumber, template.NotAfter = big.NewInt(1), time.Now().Add(time.Hour)
	if a.key == nil {
		a.cert, a.key = template, key // it signs itself
	}
	der, err := x509.CreateCertificate(rand.Reader, template, a.cert, &key.PublicKey, a.key)
	if err != nil {
		t.Fatal(err)
	}
	text, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	for file, block := range map[string]*pem.Block{name + ".pem": {Type: "CERTIFICATE", Bytes: der}, name + ".key": {Type: "PRIVATE KEY", Bytes: text}} {
		if err := os.WriteFile(a.file(file), pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// listen shakes hands with clients that this authority knows, and says how that went.
func (a *authority) listen(t *testing.T) (port string, hands chan error) {
	t.Helper()
	server, err := tls.LoadX509KeyPair(a.file("server.pem"), a.file("server.key"))
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(a.file("ca.pem"))
	if err != nil {
		t.Fatal(err)
	}
	known := x509.NewCertPool()
	known.AppendCertsFromPEM(text)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	hands = make(chan error, 1000)
	go func() { // ends with the listener
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			c := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{server}, ClientCAs: known, ClientAuth: tls.RequireAndVerifyClientCert, NextProtos: []string{"h2"}})
			_ = c.SetDeadline(time.Now().Add(5 * time.Second))
			hands <- c.Handshake()
			_ = c.Close()
		}
	}()
	_, port, err = net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port, hands
}

func TestOpen_SpeaksTLS(t *testing.T) {
	t.Parallel()
	a, stranger := newAuthority(t), newAuthority(t)
	a.issue(t, "server", &x509.Certificate{DNSNames: []string{"localhost"}, ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth}})
	a.issue(t, "client", &x509.Certificate{ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}})
	own := "tls_cert=" + a.file("client.pem") + "&tls_key=" + a.file("client.key")
	for _, scheme := range []string{"etcds", "rediss"} {
		for _, test := range []struct {
			host, query string
			good        bool
		}{
			{"localhost", "tls_ca=" + a.file("ca.pem") + "&" + own, true},
			{"localhost", "tls_ca=" + a.file("ca.pem"), false},
			{"localhost", own, false},
			{"localhost", "tls_ca=" + stranger.file("ca.pem") + "&" + own, false},
			{"127.0.0.1", "tls_ca=" + a.file("ca.pem") + "&" + own, false}, // not the certificate's name
		} {
			t.Run(scheme, func(t *testing.T) {
				t.Parallel()
				port, hands := a.listen(t)
				ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
				defer cancel()
				_, _, err := backendurl.Open(ctx, scheme+"://"+test.host+":"+port+"?"+test.query, everystore.Schemes()...)
				if !errors.Is(err, backends.ErrUnavailable) { // it is no store
					t.Errorf("%v: %v", test, err)
				}
				select {
				case got := <-hands:
					if (got == nil) != test.good {
						t.Errorf("%v: shaking hands: %v", test, got)
					}
				case <-time.After(10 * time.Second):
					t.Errorf("%v: nobody came", test)
				}
			})
		}
	}
}
