package main

import (
	"cmp"
	"fmt"
	"strings"
)

// lang is the language that dbj speaks, as the server does.
type lang string

const (
	korean  lang = "ko"
	english lang = "en"
)

func (l lang) text(ko, en string) string {
	if l == english {
		return en
	}
	return ko
}

// name is what somebody is called: in these words where the account is deleted.
func (l lang) name(who interface{ GetDisplayName() string }) string {
	return cmp.Or(who.GetDisplayName(), l.text("탈퇴한 회원", "withdrawn member"))
}

func parseLang(s string) (lang, error) {
	switch l := lang(s); l {
	case "", korean, english:
		return l, nil
	}
	return "", fmt.Errorf("--lang %q: it is ko or en", s)
}

// langOfLocale returns the language of a locale such as "ko_KR.UTF-8". The club's own is taken for one that says none.
func langOfLocale(locale string) lang {
	language, _, _ := strings.Cut(locale, "_")
	switch language, _, _ = strings.Cut(language, "."); language {
	case "", "C", "POSIX", "ko":
		return korean
	}
	return english
}
