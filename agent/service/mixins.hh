#pragma once
// The mixins that come and go: those that users define for their own entities (GFD.221, 5.5.3), and the OS templates
// that images are.
//
// Threads: any. Reads look at the snapshot only. A change is in the store when it returns.

#include "agent/auth/principal.hh"
#include "agent/base/disk_lock.hh"
#include "agent/service/context.hh"

#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace service {

class Mixins {
public:
    explicit Mixins(const Context& context) : context_(context) {}

    std::vector<occi::MixinRef> list(const auth::Principal&) const;
    occi::MixinRef find(const occi::TypeId&, const auth::Principal&) const;          // empty: there is none
    occi::MixinRef find_at(std::string_view location, const auth::Principal&) const; // the same
    // Those that users have given to the entity.
    std::vector<occi::MixinRef> given_to(const Uuid& entity, const auth::Principal&) const;

    // Defines all of them or none. Error{invalid}: one has no term, scheme or location, or they are malformed, or it
    // has more than these; Error{forbidden}: the scheme is not for users; Error{conflict}: there is such a mixin, or
    // its location is taken, or there are too many.
    void define(const std::vector<occi::Mixin>&, const auth::Principal&);
    // Takes the mixins from all entities, and forgets them: all or none. Error{not_found}; Error{forbidden}: one of
    // them is the agent's.
    void forget(const std::vector<occi::TypeId>&, const auth::Principal&);

    // Error{forbidden}: the mixin is no user's: it says what the entity is, and cannot be given or taken.
    void give(const occi::Mixin&, const std::set<Uuid>& entities, const auth::Principal&);
    void take(const occi::Mixin&, const std::set<Uuid>& entities, const auth::Principal&);
    void give_to_these_only(const occi::Mixin&, const std::set<Uuid>& entities, const auth::Principal&);
    // Takes all mixins from an entity that is no more.
    void take_all(const Uuid& entity);

private:
    template <class F> void change_members(const occi::Mixin&, const auth::Principal&, F&& change);

    const Context& context_;
    // Held from the look at a record until it is written again; nothing else is waited for meanwhile.
    DiskLock records_;
};

} // namespace service
