#pragma once
// OCCI networks as networks of the hypervisor. Those that others made are shown and may be used, never changed.
//
// Threads: any. Reads look at the snapshot only.

#include "agent/base/disk_lock.hh"
#include "agent/base/guarded.hh"
#include "agent/service/brake.hh"
#include "agent/service/context.hh"
#include "agent/service/terms.hh"

#include <optional>
#include <string>
#include <vector>

namespace service {

// Of the computes on a network that are there.
std::vector<hv::Reservation> reservations_on(const state::Snapshot&, const Uuid& network);

class Networks {
public:
    explicit Networks(Context& context) : context_(context), restoring_(brake_of(context.settings)) {}

    std::vector<std::string> list(const auth::Principal&) const;
    occi::Resource show(const Uuid&, const auth::Principal&) const; // Error{not_found}

    // title, network_address, network_size, network_mode, network_bridge as the client sent them; without an address
    // the first free block is taken. Error{invalid}: names what is wrong; Error{conflict}: names the network or route
    // that overlaps. It is there when the operation is done, and nothing of it when that fails.
    Made create(const occi::Resource&, const Terms&);

    // The actions up and down; nullopt when nothing would change. Error{forbidden}: somebody else made it;
    // Error{conflict}: a machine that somebody else made runs on it, and its cable is not ours to pull.
    std::optional<state::Operation> invoke(const Uuid&, const occi::Invocation&, const Terms&);

    // Takes over the title; nullopt when nothing would change. Error{conflict} names what else would have to change.
    std::optional<state::Operation> update(const Uuid&, const occi::Resource& wanted, const Terms&);

    // Error{conflict} names a compute that uses it; Error{forbidden} when somebody else made it.
    // Whether this agent made the network. Error{not_found}; Error{conflict} names what is in the way of its removal
    // now. Changes nothing.
    bool may_remove(const Uuid&, const auth::Principal&);
    state::Operation remove(const Uuid&, const Terms&);

    std::vector<state::OperationKind> kinds();

    // Gives a record without owner to networks that have our mark and none. To be called when the store is new,
    // before anything else is done.
    void adopt();

    // To be called after the journal has been taken up: removes that of which there is a record left and no
    // operation.
    void resume(const state::Snapshot& at_start);

    // Makes the default network of the configuration when it is missing (auto). What fails is logged, not thrown.
    void ensure_default() noexcept;
    // Makes it again, with the addresses that its computes have, when others have taken it away: at once, but not again
    // and again. To be called when networks have been read.
    void restore_default() noexcept;

    // The network that a creation without one gets: nullopt when the operator wants none. It may still be being made:
    // then it is told as it will be, and its creation has its place in the queue. Throws Error{unavailable} when there
    // is none, with the reason.
    std::optional<hv::NetworkInfo> default_network() const;

private:
    using Choose = std::function<Ipv4Block(const std::function<std::string(const Ipv4Block&)>& in_the_way)>;
    Made make(hv::NetworkInfo, state::NetworkRecord, const Choose&, const Terms&);
    state::Work creation(const state::Operation&);
    state::Work removal(const state::Operation&);
    void ended_creation(const state::Operation&);
    void end_making(const Uuid&);
    void take_away(const Uuid&);
    // `user`: as ask_user_of_network() has told before, in words for `who`.
    void refuse_used(const Uuid&, const Claimed& others, const std::string& user,
                     const auth::Principal& who) const;
    state::Operation begin_removal(const Uuid&, const Terms&);
    // network_state.cc
    state::NetworkRecord own_record(const Uuid&, const auth::Principal&) const;
    void change_record(const Uuid&, const std::function<void(state::NetworkRecord&)>&);
    void mark(const Uuid&, bool down);
    void set_cables(const Uuid&, bool plugged_in);
    void put_back_cables(const Uuid&, bool plugged_in);
    std::vector<state::OperationKind> kinds_of_changes();
    // networks_default.cc
    static bool is_default(const state::NetworkRecord&);
    void ended_default(const state::Operation&);
    void miss_default(const std::string& why) noexcept;
    void tell_missing(const std::string& what) noexcept;
    void make_default_again(const state::Snapshot&, state::NetworkRecord);
    void ended_removal_of_default();
    static Brake brake_of(const Settings&);

    Context& context_;
    Guarded<Brake> restoring_;
    DiskLock records_; // held while a record that is there is changed, from the look to the writing
    // The blocks of networks that are being made: nobody else gets them before they show.
    Guarded<std::map<Uuid, std::shared_ptr<Claims::Claim>>> building_;
};

} // namespace service
