package catalogue

import (
	"strings"
	"testing"
)

func parse(t *testing.T, content string) *Catalogue {
	t.Helper()
	c, err := Parse([]byte(content), "/opt/bin", "/opt/catalogue")
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func TestFind(t *testing.T) {
	c := parse(t, `[
		{"name": "602401143452.dkr.ecr.*.amazonaws.com/amazon-k8s-cni"},
		{"name": "nginx"},
		{"name": "nginx:1.27"},
		{"name": "public.ecr.aws/nginx/nginx"},
		{"name": "localhost:5000/app"}
	]`)
	for reference, want := range map[string]string{
		"nginx":                             "nginx",
		"nginx:1.29":                        "nginx",
		"nginx:1.27":                        "nginx:1.27",
		"docker.io/library/nginx:1.27":      "nginx:1.27",
		"nginx@sha256:0123":                 "nginx",
		"public.ecr.aws/nginx/nginx:latest": "public.ecr.aws/nginx/nginx",
		"localhost:5000/app":                "localhost:5000/app",
		"localhost:5000/app:v1":             "localhost:5000/app",
		"602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni:v1.23.2": "602401143452.dkr.ecr.*.amazonaws.com/amazon-k8s-cni",
		"602401143452.dkr.ecr.eu-west-1.amazonaws.com/amazon-k8s-cni-init:v1": "",
		"602401143452.dkr.ecr.evil/x.amazonaws.com/amazon-k8s-cni":            "",
		"bitnami/nginx": "",
		"nginxx":        "",
	} {
		got := ""
		if image := c.Find(reference); image != nil {
			got = image.Name
		}
		if got != want {
			t.Errorf("Find(%q) = %q, want %q", reference, got, want)
		}
	}
}

func TestVariablesInBinds(t *testing.T) {
	c := parse(t, `[{"name": "a", "binds": [
		{"source": "$BIN/eks-node", "target": "/usr/local/bin/kube-proxy"},
		{"source": "$CATALOGUE/images/a/conf", "target": "/conf"}]}]`)
	binds := c.Find("a").Binds
	if binds[0].Source != "/opt/bin/eks-node" || binds[1].Source != "/opt/catalogue/images/a/conf" {
		t.Errorf("sources are %v", binds)
	}
}

func TestBadEntriesAreNamed(t *testing.T) {
	for content, want := range map[string]string{
		`[{"name": "a"}, {"cmd": ["x"]}]`:                                 "entry 1 has no name",
		`[{"name": "a", "user": "www"}]`:                                  `a: user "www" is not UID or UID:GID`,
		`[{"name": "a", "user": "-1"}]`:                                   "a: user",
		`[{"name": "a", "binds": [{"source": "bin/x", "target": "/x"}]}]`: "both must be absolute",
		`{"name": "a"}`: "cannot unmarshal",
	} {
		if _, err := Parse([]byte(content), "/b", "/c"); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("Parse(%s): %v, want %q", content, err, want)
		}
	}
}

func TestIDs(t *testing.T) {
	for user, want := range map[string][2]int64{"": {0, 0}, "101": {101, 0}, "65532:65533": {65532, 65533}} {
		uid, gid, err := (&Image{User: user}).IDs()
		if err != nil || uid != want[0] || gid != want[1] {
			t.Errorf("IDs of %q: %d, %d, %v", user, uid, gid, err)
		}
	}
}

func TestOneImageHasOneID(t *testing.T) {
	if ID("nginx") != ID("docker.io/library/nginx:latest") || ID("nginx:1") == ID("nginx:2") {
		t.Error("an image's ID must depend on what its reference means")
	}
}
