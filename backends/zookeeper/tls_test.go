package zookeeper_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/big"
	"net"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/zookeeper"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver/zookeepertest"
)

// identity makes a certificate of its own for 127.0.0.1, and the pool of those who trust it.
func identity(t *testing.T) (tls.Certificate, *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	certificate, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	trust := x509.NewCertPool()
	trust.AddCert(certificate)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, trust
}

// terminate listens for TLS and passes on what is inside. The server's own TLS needs
// libraries that Debian's package does not bring.
func terminate(t *testing.T, certificate tls.Certificate, target string) (addr string) {
	t.Helper()
	l, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{Certificates: []tls.Certificate{certificate}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go pass(client, target)
		}
	}()
	return l.Addr().String()
}

func pass(client net.Conn, target string) {
	defer func() { _ = client.Close() }()
	server, err := net.Dial("tcp", target)
	if err != nil {
		return
	}
	go func() {
		defer func() { _ = client.Close() }()
		_, _ = io.Copy(client, server)
	}()
	_, _ = io.Copy(server, client)
	_ = server.Close()
}

func TestTLS(t *testing.T) {
	t.Parallel()
	certificate, trust := identity(t)
	addr := terminate(t, certificate, zookeepertest.Start(t).Addr())
	dial := func(c *tls.Config) zookeeper.Options {
		return zookeeper.Options{Servers: []string{addr}, Dial: (&tls.Dialer{Config: c}).DialContext}
	}
	useAll(t, open(t, dial(&tls.Config{RootCAs: trust, ClientSessionCache: tls.NewLRUClientSessionCache(1)})))
	_, other := identity(t)
	for what, c := range map[string]*tls.Config{
		"wrong authority": {RootCAs: other}, "wrong name": {RootCAs: trust, ServerName: "example.org"},
	} {
		var untrusted *tls.CertificateVerificationError
		_, err := zookeeper.New(within(t, 2*time.Second), dial(c))
		if !errors.Is(err, backends.ErrUnavailable) || !errors.As(err, &untrusted) {
			t.Errorf("New with the %s: %v, want ErrUnavailable because of the certificate", what, err)
		}
	}
	if _, err := zookeeper.New(within(t, 2*time.Second), zookeeper.Options{Servers: []string{addr}}); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("New without encryption: %v, want ErrUnavailable", err)
	}
}
