package scenario

// What was noted elsewhere, by strategy and column: with the same models, written a first
// time by others. Empty: nothing was noted.

var notedSingle = map[string][]string{
	"tenure":              {"1.00", "0", "60", "0", "2.00", "1.00"},
	"kafka before 18688":  {"1.00", "0", "60.2", "0", "2.00", "1.01"},
	"pekko least":         {"1.00", "0", "60", "0", "2.07", "1.00"},
	"dtfx table":          {"1.00", "0", "63", "33.9", "2.62", "1.57"},
	"event hubs balanced": {"1.00", "0", "48", "0", "2.00", "0.91"},
	"bounded ring, 125%":  {"1.23", "31", "61.6", "2", "2.05"},
	"bounded ring, 105%":  {"1.06", "17", "78", "17", "2.52"},
	"ring, 100 points":    {"1.26", "33", "62", "0", "2.0"},
	"ring, 512 points":    {"1.23", "29", "60", "0", "2.0"},
	"rendezvous":          {"1.22", "27", "60", "0", "2.0"},
	"jump":                {"1.22", "32", "46", "58"}, // its restart was one of sorted names
	"maglev 65537":        {"1.23", "27", "63", "3.5", "2.10"},
	"range":               {"1.00", "", "486", "311", "13.9", "13.7"},
	"modulo":              {"1.00", "", "960", "894", "30", "30.8"},
}

var notedSmall = map[string][]string{
	"tenure":              {"", "1.00"},
	"kafka before 18688":  {"", "1.51"},
	"pekko least":         {"", "0.98"},
	"dtfx table":          {"", "1.48"},
	"event hubs balanced": {"", "0.00"},
	"bounded ring, 105%":  {"", "", "", "", "1.57", "28"},
	"ring, 100 points":    {"3.67", "", "", "1.4"},
	"ring, 512 points":    {"", "", "", "1.4"},
	"rendezvous":          {"3.63", "", "", "1.4"},
}

// notedRestarts is the last row of its table: a planner that makes the fewest moves in each
// step, and gives the extra partition of a member that leaves to the one that comes.
var notedRestarts = []string{"(fewest, noted)", "2.00", "1.81", "1.00", "0", "2.00", "1.98", "1.00", "0", "2.00", "2.00", "1.00", "0"}
