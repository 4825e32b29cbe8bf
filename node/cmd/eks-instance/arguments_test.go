package main

import (
	"reflect"
	"strings"
	"testing"
)

func TestParse(t *testing.T) {
	m, err := parse(strings.Fields("--root=/r --hostname h.internal --nameserver 10.0.0.2 --bind=/a:/b --bind /c:/d:ro -- sh -c x --root y"))
	want := machine{"/r", "h.internal", "10.0.0.2", []bind{{"/a", "/b", false}, {"/c", "/d", true}}, []string{"sh", "-c", "x", "--root", "y"}}
	if err != nil || !reflect.DeepEqual(m, want) {
		t.Errorf("%+v, %v", m, err)
	}
}

func TestWhatIsWrongIsSaid(t *testing.T) {
	const all = "--root /r --hostname h --nameserver 10.0.0.2 "
	for line, want := range map[string]string{
		"--hostname h --nameserver 10.0.0.2 -- sh":    "--root is missing",
		"--root /r --nameserver 10.0.0.2 -- sh":       "--hostname is missing",
		"--root /r --hostname h -- sh":                "--nameserver is missing",
		all:                                           "COMMAND is missing",
		all + "--":                                    "COMMAND is missing",
		all + "--bind /a -- sh":                       `invalid value "/a" for flag -bind: not SOURCE:TARGET[:ro]`,
		all + "--bind /a:/b:rw -- sh":                 "not SOURCE:TARGET[:ro]",
		all + "--bind /a:/b:ro:ro -- sh":              "not SOURCE:TARGET[:ro]",
		all + "--bind :/b -- sh":                      "not SOURCE:TARGET[:ro]",
		all + "--bind /a: -- sh":                      "not SOURCE:TARGET[:ro]",
		all + "--bnd /a:/b -- sh":                     "flag provided but not defined: -bnd",
		all + "--root":                                "flag needs an argument: -root",
		"--root= --hostname h --nameserver 1.1.1.1 x": "--root is missing",
	} {
		if _, err := parse(strings.Fields(line)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", line, err, want)
		}
	}
}

func TestFiles(t *testing.T) {
	for host, want := range map[string]map[string]string{
		"ip-10-0-0-5.ec2.internal": {
			"hostname":    "ip-10-0-0-5.ec2.internal\n",
			"hosts":       "127.0.0.1 localhost ip-10-0-0-5.ec2.internal ip-10-0-0-5\n",
			"resolv.conf": "search ec2.internal\nnameserver 10.0.0.2\n",
		},
		"short": {"hostname": "short\n", "hosts": "127.0.0.1 localhost short short\n", "resolv.conf": "nameserver 10.0.0.2\n"},
	} {
		if got := (machine{hostname: host, nameserver: "10.0.0.2"}).files(); !reflect.DeepEqual(got, want) {
			t.Errorf("of %s: %v", host, got)
		}
	}
}
