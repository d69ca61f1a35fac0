package tenure_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// documents returns the pages for users, with their text.
func documents(t *testing.T) map[string]string {
	t.Helper()
	files := []string{"README.md", "CHANGELOG.md", "CONTRIBUTING.md", "SECURITY.md"}
	err := filepath.WalkDir("docs", func(file string, entry fs.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && strings.HasSuffix(file, ".md") {
			files = append(files, file)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	pages := make(map[string]string, len(files))
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		pages[filepath.ToSlash(file)] = string(text)
	}
	return pages
}

// tests returns the tests, fuzz tests and examples of the module, each as the
// documentation names it: folder.Name, or just Name at the top.
func tests(t *testing.T) map[string]bool {
	t.Helper()
	found := map[string]bool{}
	err := filepath.WalkDir(".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() {
			return skipFolder(".", file)
		}
		if !strings.HasSuffix(file, "_test.go") {
			return nil
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		prefix := filepath.ToSlash(filepath.Dir(file)) + "."
		if prefix == ".." {
			prefix = ""
		}
		for _, d := range parsed.Decls {
			if f, ok := d.(*ast.FuncDecl); ok && f.Recv == nil {
				found[prefix+f.Name.Name] = true
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// namedTest matches a test that a page names in code font.
var namedTest = regexp.MustCompile("`((?:[a-z0-9/]+\\.)?(?:Test|Fuzz|Example)[A-Za-z0-9_]*)`")

func namedTests(text string) []string {
	var names []string
	for _, m := range namedTest.FindAllStringSubmatch(text, -1) {
		names = append(names, m[1])
	}
	return names
}

func TestDocs_NameOnlyTestsThatExist(t *testing.T) {
	t.Parallel()
	exist := tests(t)
	if !exist["membership.TestJoin_BadInput"] || !exist["TestImportRules"] || exist["membership.TestNothing"] {
		t.Fatal("the list of tests is wrong")
	}
	named := 0
	for page, text := range documents(t) {
		for _, name := range namedTests(text) {
			named++
			if !exist[name] {
				t.Errorf("%s names the test %s, which does not exist", page, name)
			}
		}
	}
	if named == 0 {
		t.Error("no page names a test")
	}
}

// Every guarantee has a heading of its own, and below it the tests that hold it.
func TestDocs_EveryGuaranteeNamesItsTests(t *testing.T) {
	t.Parallel()
	named, id := map[string]int{}, ""
	heading := regexp.MustCompile(`^### ([SL][0-9]) `)
	for line := range strings.SplitSeq(documents(t)["docs/guarantees.md"], "\n") {
		if m := heading.FindStringSubmatch(line); m != nil {
			id = m[1]
		} else if strings.HasPrefix(line, "#") {
			id = ""
		}
		named[id] += len(namedTests(line))
	}
	for _, id := range []string{"S1", "S2", "S3", "S4", "S5", "S6", "S7", "S8", "L1", "L2", "L3", "L4"} {
		if named[id] == 0 {
			t.Errorf("docs/guarantees.md: %s names no test", id)
		}
	}
}

// The code of the pages is compiled and run in readme_test.go.
func TestDocs_GoCodeIsCompiled(t *testing.T) {
	t.Parallel()
	source, err := os.ReadFile("readme_test.go")
	if err != nil {
		t.Fatal(err)
	}
	blocks := 0
	for page, text := range documents(t) {
		for _, m := range regexp.MustCompile("(?s)```go\n(.*?)```").FindAllStringSubmatch(text, -1) {
			blocks++
			if !strings.Contains(string(source), m[1]) {
				t.Errorf("%s shows code that is not in readme_test.go:\n%s", page, m[1])
			}
		}
	}
	if blocks == 0 {
		t.Error("no page shows code")
	}
}

func TestDocs_LinksLeadSomewhere(t *testing.T) {
	t.Parallel()
	for page, text := range documents(t) {
		for _, m := range regexp.MustCompile(`\]\(([^)#]+)(?:#[^)]*)?\)`).FindAllStringSubmatch(text, -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s: %v", page, m[1], err)
			}
		}
	}
}

// What a page tells people to type must be there.
func TestDocs_NameOnlyTargetsThatExist(t *testing.T) {
	t.Parallel()
	makefile, err := os.ReadFile("Makefile")
	if err != nil {
		t.Fatal(err)
	}
	var targets []string
	for _, m := range regexp.MustCompile(`(?m)^([a-z-]+):`).FindAllStringSubmatch(string(makefile), -1) {
		targets = append(targets, m[1])
	}
	pages := documents(t)
	for page, text := range pages {
		for _, m := range regexp.MustCompile("(?m)(?:`|^)make ([a-z-]+)").FindAllStringSubmatch(text, -1) {
			if !slices.Contains(targets, m[1]) {
				t.Errorf("%s names make %s, which does not exist", page, m[1])
			}
		}
		for _, m := range regexp.MustCompile(`go run (\./[a-z/]+)`).FindAllStringSubmatch(text, -1) {
			if _, err := os.Stat(filepath.FromSlash(m[1])); err != nil {
				t.Errorf("%s names go run %s: %v", page, m[1], err)
			}
		}
	}
	for _, target := range targets {
		if target != "help" && !strings.Contains(pages["docs/testing.md"], "`make "+target+"`") {
			t.Errorf("docs/testing.md does not say what make %s shows", target)
		}
	}
}

func TestDocs_FileMapNamesEveryPackage(t *testing.T) {
	t.Parallel()
	imports, err := readImports(".")
	if err != nil {
		t.Fatal(err)
	}
	text := documents(t)["docs/architecture.md"]
	for path := range imports {
		if name := strings.TrimPrefix(path, "./"); path != "." && !strings.Contains(text, "`"+name+"`") {
			t.Errorf("docs/architecture.md does not name the package %s", name)
		}
	}
}
