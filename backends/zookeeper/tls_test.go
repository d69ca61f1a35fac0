package zookeeper_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/tenure-go/tenure/backends"
	"github.com/tenure-go/tenure/backends/zookeeper"
	"github.com/tenure-go/tenure/internal/testutil/process"
	"github.com/tenure-go/tenure/internal/testutil/storetest"
	"github.com/tenure-go/tenure/internal/testutil/zookeeperserver/zookeepertest"
)

// identity makes a certificate of its own for 127.0.0.1: as the file that a server reads,
// and as the pool of those who trust it.
func identity(t *testing.T) (file string, trust *x509.CertPool) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "zookeeper"}, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IsCA: true, BasicConstraintsValid: true, KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})
	file = filepath.Join(t.TempDir(), "identity.pem")
	text := slices.Concat(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: private}), certificate)
	if err := os.WriteFile(file, text, 0o600); err != nil {
		t.Fatal(err)
	}
	trust = x509.NewCertPool()
	trust.AppendCertsFromPEM(certificate)
	return file, trust
}

func TestTLS(t *testing.T) {
	t.Parallel()
	file, trust := identity(t)
	addr, err := process.WithPorts(1, func(ports []int) (string, error) {
		_ = zookeepertest.Start(t, fmt.Sprint("secureClientPort=", ports[0]), "secureClientPortAddress=127.0.0.1",
			"serverCnxnFactory=org.apache.zookeeper.server.NettyServerCnxnFactory",
			"ssl.keyStore.location="+file, "ssl.trustStore.location="+file, "ssl.clientAuth=none")
		return process.Local(ports[0]), nil
	})
	if err != nil {
		t.Fatal(err)
	}
	dial := func(c *tls.Config) zookeeper.Options {
		return zookeeper.Options{Servers: []string{addr}, Dial: (&tls.Dialer{Config: c}).DialContext}
	}
	useAll(t, open(t, dial(&tls.Config{RootCAs: trust, ClientSessionCache: tls.NewLRUClientSessionCache(1)})))
	_, other := identity(t)
	for what, c := range map[string]*tls.Config{
		"wrong authority": {RootCAs: other}, "wrong name": {RootCAs: trust, ServerName: "example.org"},
	} {
		var untrusted *tls.CertificateVerificationError
		_, err := zookeeper.New(storetest.Within(t, 5*time.Second), dial(c))
		if !errors.Is(err, backends.ErrUnavailable) || !errors.As(err, &untrusted) {
			t.Errorf("New with the %s: %v, want ErrUnavailable because of the certificate", what, err)
		}
	}
	if _, err := zookeeper.New(storetest.Within(t, 5*time.Second), zookeeper.Options{Servers: []string{addr}}); !errors.Is(err, backends.ErrUnavailable) {
		t.Errorf("New without encryption: %v, want ErrUnavailable", err)
	}
}
