// Package backendurl opens a store by one address, such as
// etcd://user:password@host1:2379,host2:2379?namespace=app. A program names the stores
// that it links; no store registers itself, and there is no global state:
//
//	store, closeStore, err := backendurl.Open(ctx, address, etcd.URL(), redisstore.URL())
//
// # The form of an address
//
//	scheme://user:password@host:port,host:port/path?name=value&name=value
//	scheme:path?name=value
//
// The function URL of each store documents its hosts, its path and its parameters.
// The same for all of them:
//
//   - namespace tells the users of one store apart; without it, it is "tenure".
//   - A value is given once. A parameter that the store does not know is an error, and
//     a boolean is true or false.
//   - In a user name, a password, a path and a value, the characters % @ / ? # & and
//     the space are written as %25 %40 %2F %3F %23 %26 %20; + stands for itself.
//
// Every mistake in an address is backends.ErrInvalid and says what is wrong. No error
// shows a password, and none shows a value of a parameter that may be secret. Redact
// does the same for an address that a program itself prints.
//
// # How to add a store
//
// Write a file url.go in the store's package:
//
//	// URL opens "name://host:port?namespace=app": … every part and parameter, with its default …
//	func URL() backendurl.Scheme {
//		return backendurl.Scheme{Names: []string{"name"}, Example: "name://localhost:1234", Open: open}
//	}
//
//	func open(ctx context.Context, u *backendurl.URL) (backends.Backend, func() error, error) {
//		p := u.Params()
//		namespace := p.Namespace()
//		wait := p.Duration("dial_timeout", time.Second, time.Millisecond, time.Minute)
//		if err := p.Done(); err != nil { // a bad value, or a parameter that was not asked for
//			return nil, nil, err
//		}
//		client := …                      // from u.Hosts, u.User(), u.Password(), u.Path
//		store, err := New(ctx, client, namespace)
//		if err != nil {
//			return nil, nil, errors.Join(err, client.Close())
//		}
//		return store, client.Close, nil  // what Open returns owns the client
//	}
//
// A client library that reads addresses by itself gets u.Text with p.Rest, the
// parameters that were not taken out; what it answers is passed through u.Refused,
// since such errors like to quote the password. Say what else is wrong with u.Invalid.
// Then add a row to internal/everystore, and tests as in backends/redisstore.
package backendurl
