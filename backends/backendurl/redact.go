package backendurl

import (
	"cmp"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// hidden stands for what Redact hides.
const hidden = "xxxxx"

// Redact returns an address for logs, in which "xxxxx" stands for the password and for
// every value whose name sounds secret, such as password, sig, token, AccountKey or
// SharedAccessSignature. It takes any text: an address with mistakes, and the connection
// strings of databases. Where it is not clear what is secret it hides too much: all that
// stands between the first colon and the last @, whatever that is.
func Redact(address string) string {
	secret := slices.Concat(login(address), values(address))
	slices.SortFunc(secret, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	var out strings.Builder
	end := 0 // of what is written or hidden
	for _, s := range secret {
		if s.from >= end && s.from < s.to {
			out.WriteString(address[end:s.from] + hidden)
		}
		end = max(end, s.to)
	}
	return out.String() + address[end:]
}

// span is a part of a text, from inclusive, to exclusive.
type span struct{ from, to int }

var (
	schemePart = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*://`)
	hostList   = regexp.MustCompile(`^([A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]*\])(:[0-9]{1,5})?(,([A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]*\])(:[0-9]{1,5})?)*$`)
)

// login finds the password before the hosts: in scheme://user:password@host, and in
// user:password@tcp(host), as some databases have it.
func login(address string) []span {
	scheme := schemePart.FindString(address)
	rest := address[len(scheme):]
	end := strings.LastIndexByte(rest, '@')
	if end < 0 && scheme != "" { // user:password, or host:port
		end = len(rest)
		if i := strings.IndexAny(rest, "/?#"); i >= 0 {
			end = i
		}
		if hostList.MatchString(rest[:end]) {
			return nil
		}
	}
	if end < 0 {
		return nil
	}
	colon := strings.IndexByte(rest[:end], ':')
	if colon < 0 {
		return nil
	}
	return []span{{len(scheme) + colon + 1, len(scheme) + end}}
}

// values finds the values whose names sound secret. It looks at every equals sign: a
// value may itself be an address, or a connection string.
func values(address string) []span {
	var secret []span
	for i, c := range address {
		if c != '=' {
			continue
		}
		name := strings.TrimSpace(address[:i])
		if isSecret(name[strings.LastIndexAny(name, " ;&=?/")+1:]) {
			inQuery := strings.Contains(address[:i], "?")
			secret = append(secret, span{i + 1, i + 1 + valueLength(address[i+1:], inQuery)})
		}
	}
	return secret
}

// valueLength tells where a value ends. In a query only an & ends it. Elsewhere quotes,
// spaces and semicolons count.
func valueLength(text string, inQuery bool) int {
	if inQuery {
		before, _, _ := strings.Cut(text, "&")
		return len(before)
	}
	value := strings.TrimLeftFunc(text, unicode.IsSpace)
	skipped := len(text) - len(value)
	if value != "" && strings.ContainsRune(`'"`, rune(value[0])) {
		if closing := strings.IndexByte(value[1:], value[0]); closing >= 0 {
			return skipped + closing + 2
		}
		return len(text)
	}
	length := strings.IndexFunc(value, func(r rune) bool { return r == ';' || r == '&' || unicode.IsSpace(r) })
	if length < 0 {
		return len(text)
	}
	return skipped + length
}

// secretWords are parts of the names of secrets: "pas" is also in a password that is
// misspelt, "sig" in a signature, "key" in AccountKey.
var secretWords = []string{"pas", "pwd", "secret", "token", "sig", "key", "cred", "auth"}

// isSecret reports whether a parameter may be secret, by its name, which may be
// percent-encoded.
func isSecret(name string) bool {
	if decoded, err := url.PathUnescape(name); err == nil {
		name = decoded
	}
	name = strings.ToLower(name)
	return slices.ContainsFunc(secretWords, func(word string) bool { return strings.Contains(name, word) })
}
