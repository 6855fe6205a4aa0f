package scorebox

import (
	"slices"
	"sort"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Case says whether letters that differ only in case are the same.
type Case uint8

// The choices.
const (
	// IgnoreCase takes ACME for acme.
	IgnoreCase Case = iota
	// MatchCase tells them apart.
	MatchCase
)

// Hit is one place where a phrase stands.
type Hit struct {
	// Phrase is its position in the list that NewPhrases was given.
	Phrase int
	// Start and End are where it stands in the text as it was written.
	Start, End int
}

// Phrases finds any of a list of phrases in a text, as whole words, the way a reader does. Build it once, in Configure.
// The rules are those of every other SDK:
//
//   - letters and accents are canonically decomposed, so both spellings of é are one;
//   - with IgnoreCase, case is folded in full: ß is ss, final sigma is sigma, İ and ı are i;
//   - every run of white space is one space;
//   - typographic quotes and dashes are ', " and -, full-width letters and digits are ASCII;
//   - soft hyphens and zero-width characters are left out.
type Phrases struct {
	folded      []string
	letters     Case
	withinWords bool
}

// NewPhrases gets ready to look for phrases, those of the setting name; a failure of settings where one is empty.
func NewPhrases(name string, phrases []string, letters Case) (*Phrases, error) {
	made := &Phrases{letters: letters}
	for index, phrase := range phrases {
		text := Fold(strings.TrimSpace(phrase), letters).Text
		if text == "" {
			return nil, FailSettings("%s[%d]: the phrase is empty; write at least one letter, or leave it out", name, index)
		}
		made.folded = append(made.folded, text)
	}
	return made, nil
}

// WithinWords finds the phrases within words too: refund in nonrefundable.
func (p *Phrases) WithinWords() *Phrases {
	made := *p
	made.withinWords = true
	return &made
}

// Find says where the phrases stand, from left to right. Where hits overlap, the one that starts first counts, and of
// those the longest.
func (p *Phrases) Find(text string) []Hit {
	end := 0
	return slices.DeleteFunc(p.FindOverlapping(text), func(hit Hit) bool {
		if hit.Start < end {
			return true
		}
		end = hit.End
		return false
	})
}

// FindOverlapping says every place where a phrase stands, from left to right; of those that start at the same place the
// longest first.
func (p *Phrases) FindOverlapping(text string) []Hit {
	folded := Fold(text, p.letters)
	var hits []Hit
	for index, phrase := range p.folded {
		for from := 0; ; {
			at := strings.Index(folded.Text[from:], phrase)
			if at < 0 {
				break
			}
			at += from
			end := at + len(phrase)
			from = at + 1
			if !p.withinWords && !(folded.IsWordBoundary(at) && folded.IsWordBoundary(end)) {
				continue
			}
			if start, stop, whole := folded.Original(at, end); whole {
				hits = append(hits, Hit{index, start, stop})
			}
		}
	}
	sort.Slice(hits, func(i, j int) bool {
		a, b := hits[i], hits[j]
		if a.Start != b.Start {
			return a.Start < b.Start
		}
		if a.End != b.End {
			return a.End > b.End
		}
		return a.Phrase < b.Phrase
	})
	return hits
}

// Folded is a text with everything levelled that a reader overlooks, and the way back to where it came from.
type Folded struct {
	// Text is the folded text.
	Text     string
	original string
	pieces   []piece
}

// piece is a part of the folded text, up to the next piece. A long text has nearly as many as letters, so they are small.
type piece struct {
	folded uint32
	// from is where it stands in the original, doubled, and one more where it is ASCII, byte for byte; otherwise it is what
	// one character became.
	from uint32
}

func plainPiece(folded, original int) piece { return piece{uint32(folded), uint32(original)<<1 | 1} }

func onePiece(folded, original int) piece { return piece{uint32(folded), uint32(original) << 1} }

func (p piece) isPlain() bool { return p.from&1 == 1 }

func (p piece) original() int { return int(p.from >> 1) }

// Fold folds a text.
func Fold(original string, letters Case) *Folded {
	made := &Folded{original: original}
	text := make([]byte, 0, len(original))
	for at := 0; at < len(original); {
		if letter := original[at]; letter >= ' ' && letter <= '~' {
			if letter == ' ' && len(text) > 0 && text[len(text)-1] == ' ' {
				at++
				continue
			}
			if last := len(made.pieces) - 1; last < 0 || !made.pieces[last].isPlain() ||
				made.pieces[last].original()+len(text)-int(made.pieces[last].folded) != at {
				made.pieces = append(made.pieces, plainPiece(len(text), at))
			}
			if letters == IgnoreCase && letter >= 'A' && letter <= 'Z' {
				letter += 'a' - 'A'
			}
			text = append(text, letter)
			at++
			continue
		}
		letter, size := utf8.DecodeRuneInString(original[at:])
		before := len(text)
		text = appendFolded(text, letter, letters)
		if len(text) > before {
			made.pieces = append(made.pieces, onePiece(before, at))
		}
		at += size
	}
	made.Text = string(text)
	return made
}

// Original is where a part of the folded text stands in the original; not whole where it covers only a part of what one
// character became, such as the first s of ß, or lies outside.
func (f *Folded) Original(start, end int) (first, last int, whole bool) {
	if start < 0 || start > end || end > len(f.Text) {
		return 0, 0, false
	}
	first, startsWhole := f.place(start)
	last, endsWhole := f.place(end)
	if !startsWhole || !endsWhole {
		return 0, 0, false
	}
	if start == end {
		return first, first, true
	}
	// What was left out behind the last character belongs to nobody.
	return first, first + len(strings.TrimRightFunc(f.original[first:last], isIgnorable)), true
}

func (f *Folded) place(at int) (int, bool) {
	if at == len(f.Text) {
		return len(f.original), true
	}
	next := sort.Search(len(f.pieces), func(i int) bool { return int(f.pieces[i].folded) > at })
	if next == 0 {
		return 0, false
	}
	piece := f.pieces[next-1]
	within := at - int(piece.folded)
	return piece.original() + within, piece.isPlain() || within == 0
}

// IsWordBoundary says whether a word may start or end at byte at of the folded text: not between two letters or digits,
// except in scripts that set no spaces between words.
func (f *Folded) IsWordBoundary(at int) bool {
	if at <= 0 || at >= len(f.Text) {
		return at == 0 || at == len(f.Text)
	}
	left, _ := utf8.DecodeLastRuneInString(f.Text[:at])
	right, _ := utf8.DecodeRuneInString(f.Text[at:])
	return !(isWord(left) && isWord(right))
}

type folding struct {
	letter        rune
	ignore, match string
}

type letterRange struct{ first, last rune }

func appendFolded(text []byte, letter rune, letters Case) []byte {
	switch {
	case unicode.Is(unicode.White_Space, letter):
		if len(text) > 0 && text[len(text)-1] == ' ' {
			return text
		}
		return append(text, ' ')
	case letters == IgnoreCase && letter == '\u0307' && len(text) > 0 && text[len(text)-1] == 'i':
		// The dot that a decomposed İ carries: i has one already.
		return text
	case letter >= '\uac00' && letter <= '\ud7a3':
		// A syllable of Hangul is its letters.
		index := letter - '\uac00'
		text = utf8.AppendRune(text, '\u1100'+index/588)
		text = utf8.AppendRune(text, '\u1161'+index%588/28)
		if final := index % 28; final > 0 {
			text = utf8.AppendRune(text, '\u11a7'+final)
		}
		return text
	}
	at, found := slices.BinarySearchFunc(folds, letter, func(one folding, letter rune) int { return int(one.letter - letter) })
	if !found {
		return utf8.AppendRune(text, letter)
	}
	if letters == IgnoreCase {
		return append(text, folds[at].ignore...)
	}
	return append(text, folds[at].match...)
}

// isWord leaves out the letters of scripts that set no spaces between words, which a word may end at.
func isWord(letter rune) bool {
	if letter < 0x80 {
		return letter == '_' || letter >= '0' && letter <= '9' || letter|0x20 >= 'a' && letter|0x20 <= 'z'
	}
	next := sort.Search(len(words), func(i int) bool { return words[i].first > letter })
	return next > 0 && letter <= words[next-1].last
}

// isIgnorable finds characters that show nothing: the soft hyphen, zero-width spaces and joiners, the byte order mark.
func isIgnorable(letter rune) bool {
	return letter == '\u00ad' || letter >= '\u200b' && letter <= '\u200f' || letter == '\u2060' || letter == '\ufeff'
}

