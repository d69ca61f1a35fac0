package tenure_test

import (
	"fmt"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const module = "github.com/tenure-go/tenure"

// rule says what one package, or one family of packages, may import besides the
// standard library. The path "./x" is package x of this module; a tail "/..." stands
// for a package and all below it. For each package the first rule that matches counts.
type rule struct {
	packages string
	may      []string
	never    []string // also from the standard library
	why      string
}

// anything is for code at the top that nobody imports.
var anything = []string{"..."}

// importRules is the layering of the module: arrows point down only.
var importRules = []rule{
	{".", nil, nil, "a map of the packages, no code"},

	{"./rebalance/...", []string{"./rebalance/..."}, []string{"net", "net/http", "os", "time"},
		"planning is pure: no input or output, no clock, no dependency"},

	{"./backends", nil, nil, "the contract costs its users nothing"},
	{"./backends/backendtest/...", []string{"./backends/..."}, nil,
		"the authors of other stores run it: no internal type, no dependency"},
	{"./backends/backendurl", []string{"./backends"}, nil, "a program names the stores that it links: the opener knows none"},
	{"./backends/memory", []string{"./backends", "./backends/backendurl", "github.com/hashicorp/go-memdb"}, nil,
		"a store imports the contract and its own client"},
	{"./backends/etcd", []string{"./backends", "./backends/backendurl", "go.etcd.io/etcd/api/v3/...", "go.etcd.io/etcd/client/v3/...",
		"google.golang.org/grpc/...", "go.uber.org/zap"}, nil,
		"a store imports the contract and its own client; this one logs with zap unless it is told not to"},
	{"./backends/azureblob", []string{"./backends", "./backends/backendurl", "github.com/Azure/azure-sdk-for-go/sdk/..."}, nil,
		"a store imports the contract and its own client"},
	{"./backends/zookeeper", []string{"./backends", "./backends/backendurl", "github.com/go-zookeeper/zk"}, nil,
		"a store imports the contract and its own client"},
	{"./backends/internal/rediscall", []string{"./backends", "github.com/redis/go-redis/v9"}, nil, "what the stores on Redis share is about the client"},
	{"./backends/redisstore", []string{"./backends", "./backends/backendurl", "./backends/internal/rediscall", "github.com/redis/go-redis/v9"}, nil,
		"a store imports the contract, the core of its family and its own client"},
	{"./backends/redisquorum", []string{"./backends", "./backends/backendurl", "./backends/internal/rediscall", "github.com/redis/go-redis/v9"}, nil,
		"a store imports the contract, the core of its family and its own client"},
	{"./backends/internal/sqlcore", []string{"./backends"}, nil, "what the SQL stores share knows no driver"},
	{"./backends/internal/sqlcore/sqltest", []string{"./backends", "./internal/testutil/storetest"}, nil, "what the tests of the SQL stores share knows no driver"},
	{"./backends/sqlite", []string{"./backends", "./backends/backendurl", "./backends/internal/sqlcore", "modernc.org/sqlite/..."}, nil,
		"a store imports the contract, the core of its family and its own client"},
	{"./backends/postgres", []string{"./backends", "./backends/backendurl", "./backends/internal/sqlcore", "github.com/jackc/pgx/v5/..."}, nil,
		"a store imports the contract, the core of its family and its own client"},
	{"./backends/mysql", []string{"./backends", "./backends/backendurl", "./backends/internal/sqlcore", "github.com/go-sql-driver/mysql"}, nil,
		"a store imports the contract, the core of its family and its own client"},
	{"./backends/sqlserver", []string{"./backends", "./backends/backendurl", "./backends/internal/sqlcore", "github.com/microsoft/go-mssqldb"}, nil,
		"a store imports the contract, the core of its family and its own client"},

	{"./observe", []string{"./backends"}, nil, "events name backend types and pull in no adapter"},
	{"./observe/zapobserve", []string{"./observe", "./backends", "go.uber.org/zap/..."}, nil,
		"an adapter imports the events and its own library"},
	{"./observe/slogobserve", []string{"./observe", "./backends"}, nil,
		"an adapter imports the events and its own library"},

	{"./internal/retry", []string{"github.com/cenkalti/backoff/v4"}, nil,
		"the only importer of backoff: one place holds its settings"},
	{"./internal/testutil/process", []string{"golang.org/x/sys/unix"}, nil, "runs any server: x/sys tells when a paused one stands still"},
	{"./internal/testutil/etcdserver", []string{"./internal/testutil/process"}, nil, "examples and commands run it, without tests"},
	{"./internal/testutil/postgresserver", []string{"./internal/testutil/process"}, nil, "runs a server with the standard library alone"},
	{"./internal/testutil/mariadbserver", []string{"./internal/testutil/process"}, nil, "runs a server with the standard library alone"},
	{"./internal/testutil/azuriteserver", []string{"./internal/testutil/process"}, nil, "runs a server with the standard library alone"},
	{"./internal/testutil/zookeeperserver", []string{"./internal/testutil/process"}, nil, "runs a server with the standard library alone"},
	{"./internal/testutil/...", anything, nil, "what tests share"},
	{"./internal/virtual", []string{"./backends", "./membership", "./membership/claim"}, nil,
		"what a simulated member runs on: no concrete store, no layer above the node"},
	{"./internal/sim/...", anything, nil, "plays whole clusters in virtual time and judges them from outside"},
	{"./internal/model/...", anything, nil, "explores the pure functions that the library runs"},
	{"./internal/safety/...", anything, nil, "measures on real servers who stops first"},
	{"./internal/everystore", []string{"./backends/..."}, nil, "opens every store for programs of this module"},
	{"./internal/atrest", anything, nil, "measures on any store what it costs to do nothing"},
	{"./internal/bench/...", anything, nil, "measures on real servers what it costs"},
	{"./internal/rivals/...", []string{"./rebalance", "./internal/rivals"}, nil, "what other systems do, to be compared with: no layer but the planner"},
	{"./internal/replay", []string{"./rebalance", "./internal/rivals", "./internal/trace"}, nil, "plays what happens to a group: no layer but the planner"},
	{"./internal/...", []string{"./internal/..."}, nil, "small tools that know nothing of the layers"},

	{"./membership/claim", []string{"./backends"}, nil, "the claim rule is pure decisions"},
	{"./membership", []string{"./backends", "./observe", "./membership/...", "./internal/...", "golang.org/x/sys/unix"}, nil,
		"runs on any store: no concrete one; x/sys reads the boot-time clock"},
	{"./election", []string{"./membership/...", "./backends", "./observe", "./election/...", "./internal/..."}, nil,
		"runs on any store: no concrete one"},
	{"./partitions/plan", []string{"./backends", "./membership/claim", "./rebalance"}, []string{"net", "net/http", "os"},
		"the pure part of sharing out: no input or output, so that a model and other tools run it too"},
	{"./partitions", []string{"./election", "./membership/...", "./backends", "./rebalance", "./observe", "./partitions/...", "./internal/...",
		"github.com/hashicorp/go-memdb"}, nil,
		"runs on any store: no concrete one; go-memdb is the coordinator's local view"},

	{"./tenuretest", []string{"./partitions", "./election", "./membership", "./membership/claim", "./backends", "./backends/memory", "./observe", "./internal/virtual"}, nil,
		"users test their workers with it: the store in memory, no other, no dependency of its own"},

	{"./examples/...", anything, nil, "shows everything"},
	{"./cmd/...", anything, nil, "opens every store"},
}

// reserved lists imports that only some packages may make, whatever importRules says.
var reserved = []struct {
	imports string
	to      func(path string) bool
	why     string
}{
	{"testing/...", forTests, "a program must not carry the flags and the code of tests"},
	{"./internal/testutil/etcdserver", func(path string) bool { return forTests(path) || isProgram(path) },
		"production code runs no servers"},
	{"./internal/testutil/stands", func(path string) bool { return forTests(path) || isProgram(path) },
		"production code runs no servers"},
	{"./internal/testutil/storetest", forTests, "test helpers stay out of production code"},
	{"./internal/testutil/tcpproxy", func(path string) bool { return forTests(path) || isProgram(path) },
		"test helpers stay out of production code"},
	{"./internal/testutil/...", func(path string) bool { return matches("./internal/testutil/...", path) },
		"test helpers stay out of production code"},
	{"./internal/everystore", isProgram, "a package that links every store stays out of production code"},
	{"./internal/sim/...", forTests, "simulations stay out of production code"},
	{"./internal/virtual", forTests, "simulations stay out of production code"},
	{"./internal/rivals/...", isComparison, "what is written for comparisons stays out of production code"},
	{"./internal/replay", isComparison, "what is written for comparisons stays out of production code"},
	{"github.com/urfave/cli/...", func(path string) bool { return path == "./cmd/tenure" }, "the command is its only importer"},
	{"github.com/go-analyze/charts", func(path string) bool { return path == "./cmd/tenure" }, "the command is its only importer"},
	{"github.com/anishathalye/porcupine/...", func(string) bool { return false }, "it belongs to tools/torture, a module of its own"},
	{"github.com/cenkalti/backoff/...", func(path string) bool { return path == "./internal/retry" },
		"internal/retry is its only importer"},
}

// forTests reports whether a package exists for tests: its name ends in "test", or it
// is one of the shared helpers.
func forTests(path string) bool {
	return strings.HasSuffix(path, "test") || matchesAny([]string{"./internal/testutil/...", "./internal/sim/...", "./internal/model/..."}, path)
}

func isComparison(path string) bool {
	return matchesAny([]string{"./internal/rivals/...", "./internal/replay", "./cmd/..."}, path)
}

func isProgram(path string) bool {
	return matchesAny([]string{"./examples/...", "./cmd/...", "./internal/safety/...", "./internal/bench/...", "./internal/atrest"}, path)
}

// matches reports whether a path is named by a pattern of importRules.
func matches(pattern, path string) bool {
	if pattern == "..." {
		return true
	}
	if base, ok := strings.CutSuffix(pattern, "/..."); ok {
		return path == base || strings.HasPrefix(path, base+"/")
	}
	return path == pattern
}

func matchesAny(patterns []string, path string) bool {
	return slices.ContainsFunc(patterns, func(p string) bool { return matches(p, path) })
}

// isStandard: the first element of a path outside the standard library is a domain.
func isStandard(path string) bool {
	first, _, _ := strings.Cut(path, "/")
	return !strings.Contains(first, ".")
}

// violations checks the imports of each package, in the notation of rule.
func violations(rules []rule, imports map[string][]string) []string {
	var found []string
	for path, list := range imports {
		i := slices.IndexFunc(rules, func(r rule) bool { return matches(r.packages, path) })
		if i < 0 {
			found = append(found, path+" is in no import rule: add it to importRules with its reason")
			continue
		}
		for _, imported := range list {
			if why := forbidden(rules[i], path, imported); why != "" {
				found = append(found, fmt.Sprintf("%s imports %s: %s", path, imported, why))
			}
		}
	}
	slices.Sort(found)
	return found
}

// forbidden returns why the package may not make the import, or nothing.
func forbidden(r rule, path, imported string) string {
	if matchesAny(r.never, imported) || !isStandard(imported) && !matchesAny(r.may, imported) {
		return r.why
	}
	for _, own := range reserved {
		if matches(own.imports, imported) {
			if own.to(path) {
				return ""
			}
			return own.why
		}
	}
	return ""
}

// readImports returns what each package of the module imports outside its tests, in
// the notation of rule. It reads the sources and does not run the go command: so it
// sees the files of every operating system, and a cached test result is not reused
// after a file has changed.
func readImports(root string) (map[string][]string, error) {
	imports := make(map[string][]string)
	err := filepath.WalkDir(root, func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skipFolder(root, file)
		}
		if !strings.HasSuffix(file, ".go") || strings.HasSuffix(file, "_test.go") {
			return nil
		}
		folder, err := filepath.Rel(root, filepath.Dir(file))
		if err != nil {
			return err
		}
		path := "./" + filepath.ToSlash(folder)
		if folder == "." {
			path = "."
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		imports[path] = append(imports[path], nil...) // a package without imports counts too
		for _, spec := range parsed.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if rest, ok := strings.CutPrefix(imported, module); ok {
				imported = "." + rest
			}
			if !slices.Contains(imports[path], imported) {
				imports[path] = append(imports[path], imported)
			}
		}
		return nil
	})
	return imports, err
}

// skipFolder passes over what the go command does not take for packages of this
// module: hidden folders, test data and nested modules.
func skipFolder(root, folder string) error {
	if folder == root {
		return nil
	}
	name := filepath.Base(folder)
	if strings.HasPrefix(name, ".") || strings.HasPrefix(name, "_") || name == "testdata" {
		return filepath.SkipDir
	}
	if _, err := os.Stat(filepath.Join(folder, "go.mod")); err == nil {
		return filepath.SkipDir
	}
	return nil
}

func TestImportRules(t *testing.T) {
	t.Parallel()
	imports, err := readImports(".")
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains(imports["./membership"], "./backends") {
		t.Errorf("membership imports %v: the reader misses the import of backends", imports["./membership"])
	}
	for _, v := range violations(importRules, imports) {
		t.Error(v)
	}
}

func TestImportRules_ReportViolations(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ path, imported, want string }{
		{"./rebalance", "go.uber.org/zap", "pure"},
		{"./rebalance", "time", "no clock"},
		{"./rebalance", "./backends", "pure"},
		{"./backends", "go.uber.org/zap", "costs its users nothing"},
		{"./backends", "./membership", "costs its users nothing"},
		{"./backends/memory", "./observe", "own client"},
		{"./backends/etcd", "github.com/hashicorp/go-memdb", "own client"},
		{"./backends/internal/sqlcore", "modernc.org/sqlite", "no driver"},
		{"./backends/backendurl", "./backends/memory", "knows none"},
		{"./partitions", "./internal/everystore", "links every store"},
		{"./backends/sqlite", "github.com/jackc/pgx/v5", "own client"},
		{"./backends/mysql", "github.com/microsoft/go-mssqldb", "own client"},
		{"./backends/azureblob", "github.com/redis/go-redis/v9", "own client"},
		{"./backends/backendtest", "./internal/testutil", "no internal type"},
		{"./observe", "go.uber.org/zap", "no adapter"},
		{"./membership", "./election", "any store"},
		{"./membership", "./backends/memory", "any store"},
		{"./election", "./backends/etcd", "no concrete one"},
		{"./election", "./partitions", "no concrete one"},
		{"./partitions", "./backends/memory", "no concrete one"},
		{"./partitions", "testing", "flags and the code of tests"},
		{"./partitions", "testing/synctest", "flags and the code of tests"},
		{"./membership", "./internal/testutil", "out of production"},
		{"./membership", "./internal/testutil/etcdserver", "runs no servers"},
		{"./examples/quickstart", "./internal/testutil/etcdserver/etcdtest", "out of production"},
		{"./tenuretest", "./backends/etcd", "store in memory"},
		{"./tenuretest", "pgregory.net/rapid", "no dependency"},
		{"./internal/virtual", "./partitions", "no layer above the node"},
		{"./examples/quickstart", "./internal/virtual", "out of production"},
		{"./cmd/tenure", "github.com/cenkalti/backoff/v4", "only importer"},
		{"./internal/sim", "github.com/anishathalye/porcupine", "a module of its own"},
		{"./shards", "fmt", "add it to importRules"},
	} {
		got := violations(importRules, map[string][]string{test.path: {"fmt", test.imported}})
		if len(got) != 1 || !strings.HasPrefix(got[0], test.path) || !strings.Contains(got[0], test.want) {
			t.Errorf("%s imports %s: reported %q, want one violation with %q", test.path, test.imported, got, test.want)
		}
	}
}

func TestImportRules_AllowWhatTheyName(t *testing.T) {
	t.Parallel()
	for path, imports := range map[string][]string{
		"./backends/backendtest": {"testing", "testing/synctest", "./backends"},
		"./internal/testutil":    {"testing", "./membership"},
		"./internal/retry":       {"github.com/cenkalti/backoff/v4"},
		"./examples/quickstart":  {"./internal/testutil/etcdserver", "./partitions", "go.etcd.io/etcd/client/v3"},
		"./partitions":           {"./election", "./rebalance", "./internal/retry", "time"},
	} {
		if got := violations(importRules, map[string][]string{path: imports}); len(got) > 0 {
			t.Errorf("reported %q, want nothing", got)
		}
	}
}

// A file on disk takes the whole way, in a module of its own.
func TestReadImports_SeesEveryFileButTests(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for file, text := range map[string]string{
		"election/run_windows.go":  "package election\nimport _ \"" + module + "/backends/memory\"\n",
		"election/run_test.go":     "package election\nimport _ \"" + module + "/backends/etcd\"\n",
		"election/testdata/x.go":   "package x\nimport _ \"net\"\n",
		"tools/lint/go.mod":        "module other\n",
		"tools/lint/lint.go":       "package lint\nimport _ \"net\"\n",
		"rebalance/doc.go":         "package rebalance\n",
		".hidden/hidden.go":        "package hidden\n",
		"rebalance/second/file.go": "package second\nimport \"time\"\n",
	} {
		path := filepath.Join(root, filepath.FromSlash(file))
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	imports, err := readImports(root)
	if err != nil {
		t.Fatal(err)
	}
	want := map[string][]string{"./election": {"./backends/memory"}, "./rebalance": nil, "./rebalance/second": {"time"}}
	if fmt.Sprint(imports) != fmt.Sprint(want) {
		t.Errorf("imports = %v, want %v", imports, want)
	}
}
