// Package catalogue knows which programs stand in for which container images.
//
// An image here is no download: it is an entry of a JSON list that says what runs when a Pod asks for an image of that
// name, and which files it shows. Knows names and files; does not know Pods or how a container starts.
package catalogue

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// Image is one entry.
type Image struct {
	// Name is a repository, whose every tag is meant, or a repository with a tag. Registries may hold "*" wildcards,
	// each of which stands for any text without a slash.
	Name       string   `json:"name"`
	Entrypoint []string `json:"entrypoint,omitempty"`
	Cmd        []string `json:"cmd,omitempty"`
	Env        []string `json:"env,omitempty"`
	WorkingDir string   `json:"workdir,omitempty"`
	// User is "", "UID" or "UID:GID", as in an image's configuration. Names are not known here.
	User  string `json:"user,omitempty"`
	Binds []Bind `json:"binds,omitempty"`
}

// Bind shows Source, a file or folder of the instance, read-only at Target. In the file, Source may start with
// "$BIN/" (the folder of the node's programs) or "$CATALOGUE/" (the folder of the catalogue itself).
type Bind struct {
	Source string `json:"source"`
	Target string `json:"target"`
}

// Catalogue is the list, its variables replaced.
type Catalogue struct {
	images []Image
}

// Load reads a catalogue; bin replaces "$BIN". The error of a bad entry names the entry.
func Load(file, bin string) (*Catalogue, error) {
	content, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	c, err := Parse(content, bin, filepath.Dir(file))
	if err != nil {
		return nil, fmt.Errorf("image catalogue %s: %w", file, err)
	}
	return c, nil
}

// Parse is Load of content; own replaces "$CATALOGUE".
func Parse(content []byte, bin, own string) (*Catalogue, error) {
	var images []Image
	if err := json.Unmarshal(content, &images); err != nil {
		return nil, err
	}
	variables := strings.NewReplacer("$BIN/", bin+"/", "$CATALOGUE/", own+"/")
	for i := range images {
		image := &images[i]
		if image.Name == "" {
			return nil, fmt.Errorf("entry %d has no name", i)
		}
		if _, _, err := image.IDs(); err != nil {
			return nil, fmt.Errorf("%s: %w", image.Name, err)
		}
		for j, bind := range image.Binds {
			image.Binds[j].Source = variables.Replace(bind.Source)
			if !path.IsAbs(image.Binds[j].Source) || !path.IsAbs(bind.Target) {
				return nil, fmt.Errorf("%s: bind of %q at %q: both must be absolute", image.Name, bind.Source, bind.Target)
			}
		}
	}
	return &Catalogue{images}, nil
}

// Find returns the image that a reference means, or nil. An entry with the reference's own tag wins over one without.
func (c *Catalogue) Find(reference string) *Image {
	repository, tag := Split(reference)
	var found *Image
	for i := range c.images {
		have, only := Split(c.images[i].Name)
		if matched, err := path.Match(have, repository); err != nil || !matched {
			continue
		}
		if only == "" && found == nil {
			found = &c.images[i]
		} else if only != "" && only == tag {
			return &c.images[i]
		}
	}
	return found
}

// IDs are the numbers that User means: 0 and 0 when it is empty.
func (i *Image) IDs() (uid, gid int64, err error) {
	user, group, _ := strings.Cut(i.User, ":")
	for _, part := range []struct {
		text string
		into *int64
	}{{user, &uid}, {group, &gid}} {
		if part.text == "" {
			continue
		}
		if *part.into, err = strconv.ParseInt(part.text, 10, 32); err != nil || *part.into < 0 {
			return 0, 0, fmt.Errorf("user %q is not UID or UID:GID", i.User)
		}
	}
	return uid, gid, nil
}

// Split cuts a reference into its repository, with what Docker leaves out written out, and its tag ("" when it has
// none). A digest is dropped: the catalogue has programs, not contents.
func Split(reference string) (repository, tag string) {
	repository, _, _ = strings.Cut(reference, "@")
	if colon := strings.LastIndex(repository, ":"); colon > strings.LastIndex(repository, "/") {
		repository, tag = repository[:colon], repository[colon+1:]
	}
	first, _, several := strings.Cut(repository, "/")
	switch {
	case !several:
		repository = "docker.io/library/" + repository
	case first != "localhost" && !strings.ContainsAny(first, ".:*"):
		repository = "docker.io/" + repository
	}
	return repository, tag
}

// ID is the identifier under which a node keeps a pulled image: made from its reference, for there is no content.
func ID(reference string) string {
	return fmt.Sprintf("sha256:%x", sha256.Sum256([]byte(Canonical(reference))))
}

// Canonical writes a reference out in full, as container runtimes report it.
func Canonical(reference string) string {
	repository, tag := Split(reference)
	if tag == "" {
		tag = "latest"
	}
	return repository + ":" + tag
}
