#pragma once
// Calls that may hang, so that nobody hangs with them. Each runs on a thread of its own, which is left behind, and counted,
// when it has not returned within the deadline of its verb; it ends its turn whenever it does return. Two rules keep
// libvirtd free: one call for each domain, and no new ones while too many are left behind.
//
// Threads: any. A call owns all that it touches, since its caller may be gone, and so may these Lanes.

#include "agent/base/uuid.hh"
#include "drivers/libvirt/crew.hh"
#include "drivers/libvirt/verbs.hh"

#include <functional>
#include <memory>

namespace hv::libvirt {

class Lanes {
    struct Book;
    struct Call;

public:
    static constexpr unsigned most_abandoned = 8;
    // Of those that may take minutes, so that they never hold all seats of libvirt.
    static constexpr unsigned most_long = 4;

    Lanes();
    ~Lanes(); // waits for nobody; the callers are gone

    // The right to call one domain. It lasts until the call returns, or until this goes when there was none.
    class Turn {
    public:
        Turn(Turn&&) noexcept = default;
        Turn& operator=(Turn&&) = delete;
        ~Turn();

        // Waits for `call`, but not for ever. Throws what it throws, or Error{timeout}: it goes on, and its turn lasts.
        void run(std::function<void()> call) &&;

    private:
        friend class Lanes;
        Turn(Crew&, std::shared_ptr<Book>, std::shared_ptr<Call>);
        Crew& crew_;
        std::shared_ptr<Book> book_;
        std::shared_ptr<Call> call_;
    };
    // Throws Error{busy} when the domain or the cap says so.
    Turn enter(const Uuid&, const Verb&);

    unsigned abandoned() const;

private:
    std::shared_ptr<Book> book_;
    Crew crew_;
};

} // namespace hv::libvirt
