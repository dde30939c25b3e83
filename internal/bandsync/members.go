package bandsync

import (
	"github.com/dongbaejul/dongbaejul/internal/band"
	"github.com/dongbaejul/dongbaejul/internal/identity"
	"github.com/dongbaejul/dongbaejul/internal/users"
)

const (
	// batch is how many things are stored at once.
	batch = 100
	// maxKnown bounds the people that a pass remembers.
	maxKnown = 50_000
)

// people gathers those whom a part of a list names.
type people map[string]users.BandMember

// add adds an author, of whom Band says more than of somebody who is mentioned.
func (ps people) add(a band.Author, listed bool) {
	if a.UserKey == "" {
		return
	}
	if there, ok := ps[a.UserKey]; ok && !there.Mentioned {
		return
	}
	ps[a.UserKey] = users.BandMember{
		BandPerson: users.BandPerson{UserKey: a.UserKey, Name: a.Name, Image: a.ImageURL}, Role: roleOf(a.Role), JoinedAt: a.JoinedAt, Listed: listed,
	}
}

// addMentions adds those whom a text of Band mentions.
func (ps people) addMentions(mentions []band.Mention) {
	for _, m := range mentions {
		if _, ok := ps[m.UserKey]; !ok && m.UserKey != "" {
			ps[m.UserKey] = users.BandMember{BandPerson: users.BandPerson{UserKey: m.UserKey, Name: m.Name}, Mentioned: true}
		}
	}
}

// roleOf returns the role that Band says; empty if it says none.
func roleOf(r band.Role) identity.Role {
	switch r {
	case "":
		return ""
	case band.RoleLeader:
		return identity.Admin
	case band.RoleCoLeader:
		return identity.Manager
	}
	return identity.Member
}

// readMembers reads Band's list of members, if there is one. Who is not on it has left.
func (p *pass) readMembers() error {
	if p.cfg.MembersPath == "" {
		return nil
	}
	if err := p.progress(Members, 0, 0); err != nil {
		return err
	}
	listed, part := make(map[string]bool), people{}
	for a, err := range p.band.Members(p.ctx, p.token, p.cfg.MembersPath, p.cfg.BandKey) {
		if err != nil {
			return err
		}
		if a.UserKey == "" {
			continue
		}
		p.accepted()
		listed[a.UserKey] = true
		part.add(a, true)
		if len(part) < batch {
			continue
		}
		if err := p.learn(part); err != nil {
			return err
		}
		clear(part)
		if err := p.progress(Members, len(listed), 0); err != nil {
			return err
		}
	}
	if err := p.learn(part); err != nil || len(listed) == 0 {
		return err
	}
	left, err := p.cfg.Users.WithdrawUnlisted(p.ctx, listed)
	p.result.Updated += left
	return err
}

// meet learns of the people that posts, comments and photos name. Where Band has a list of members, it is that which says who is one.
func (p *pass) meet(ps people) error {
	if p.cfg.MembersPath == "" {
		return p.learn(ps)
	}
	var unknown []string
	for key := range ps {
		if _, ok := p.known[key]; !ok {
			unknown = append(unknown, key)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	ids, err := p.cfg.Users.UsersOfBand(p.ctx, unknown)
	if err != nil {
		return err
	}
	for _, key := range unknown {
		p.known[key] = ids[key] // empty for who is no user
	}
	return nil
}

// learn learns of people, of each once in a pass. Of who was only mentioned until now, it learns again.
func (p *pass) learn(ps people) error {
	var unknown []users.BandMember
	for key, person := range ps {
		if _, ok := p.known[key]; !ok && (!person.Mentioned || p.mentioned[key] == "") {
			unknown = append(unknown, person)
		}
	}
	if len(unknown) == 0 {
		return nil
	}
	ids, learned, err := p.cfg.Users.Learn(p.ctx, unknown)
	for _, key := range learned.New {
		p.result.New++
		p.counted[key] = true
	}
	for _, key := range learned.Updated {
		// Who was mentioned before they were met is new, not updated.
		if !p.counted[key] {
			p.result.Updated++
			p.counted[key] = true
		}
	}
	if err != nil {
		return err
	}
	if len(p.known)+len(p.mentioned) > maxKnown {
		clear(p.known)
		clear(p.mentioned)
		clear(p.counted)
	}
	for _, person := range unknown {
		key := person.UserKey
		if p.known[key] == "" && p.mentioned[key] == "" {
			p.result.People++
		}
		if person.Mentioned {
			p.mentioned[key] = ids[key]
			continue
		}
		p.known[key] = ids[key]
		delete(p.mentioned, key)
	}
	return nil
}

// author returns the user that an author is, or their name if they are none.
func (p *pass) author(a band.Author) (userID, name string) {
	if id := p.known[a.UserKey]; a.UserKey != "" && id != "" {
		return id, ""
	}
	return "", lineOf(a.Name)
}
