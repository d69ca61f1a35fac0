package backendurl

import (
	"crypto/tls"
	"crypto/x509"
	"os"
)

// TLS returns a configuration from the parameters
//
//   - tls_ca: a file of certificates in PEM form that servers are checked against; without
//     it, those that the system trusts
//   - tls_cert and tls_key: files with this program's own certificate and its key
//
// TLS 1.2 or later is spoken. A server's certificate must be for the host in the address.
func (p *Params) TLS() *tls.Config {
	cfg := &tls.Config{MinVersion: tls.VersionTLS12}
	if file := p.String("tls_ca", ""); file != "" {
		pem, err := os.ReadFile(file)
		cfg.RootCAs = x509.NewCertPool()
		switch {
		case err != nil:
			p.fail("the parameter %q: %v", "tls_ca", err)
		case !cfg.RootCAs.AppendCertsFromPEM(pem):
			p.fail("the parameter %q: %s has no certificate in PEM form", "tls_ca", file)
		}
	}
	cert, key := p.String("tls_cert", ""), p.String("tls_key", "")
	switch {
	case cert == "" && key == "":
	case cert == "" || key == "":
		p.fail("the parameters %q and %q go together", "tls_cert", "tls_key")
	default:
		own, err := tls.LoadX509KeyPair(cert, key)
		if err != nil {
			p.fail("the parameters %q and %q: %v", "tls_cert", "tls_key", err)
		}
		cfg.Certificates = []tls.Certificate{own}
	}
	return cfg
}
