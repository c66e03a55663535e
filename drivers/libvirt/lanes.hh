#pragma once
// Calls that may hang, so that nobody hangs with them. Each runs on a thread of its own, which is left behind, and
// counted, when it has not returned within the deadline of its verb; it ends its turn whenever it does return.
//
// What keeps libvirtd free is counted here, over all lanes:
// - one call for each domain;
// - a call that takes longer than its verb usually does is stuck: it gives up its place to another one, and its
//   connection is replaced. It still holds one of libvirtd's workers, of which there are twenty (max_workers): so when
//   many are stuck, others go in one at a time, and in the end none any more;
// - urgent calls have places of their own, of which those on guests that are known not to react never take the last
//   ones: each of these needs ten seconds.
//
// Threads: any. A call owns all that it touches, since its caller may be gone, and so may these Lanes.

#include "agent/base/crew.hh"
#include "agent/base/uuid.hh"
#include "drivers/libvirt/verbs.hh"

#include <functional>
#include <memory>

namespace hv::libvirt {

class Lanes {
    struct Book;
    struct Call;

public:
    // With the urgent ones on guests that do not react, and two of the prober's, no more than libvirtd has workers.
    static constexpr unsigned most_inside = 12; // none of them urgent
    static constexpr unsigned many_stuck = 8;   // from then on others go in one at a time
    static constexpr unsigned most_urgent = 8, most_urgent_stuck = 6;
    // Of those that may take minutes.
    static constexpr unsigned most_long = 4;

    Lanes();
    ~Lanes(); // waits for nobody; the callers are gone

    // The right to call one domain. It lasts until the call returns, or until this goes when there was none.
    class Pass {
    public:
        Pass(Pass&&) noexcept = default;
        Pass& operator=(Pass&&) = delete;
        ~Pass();

        // Waits for `call`, but not for ever. Throws what it throws, or Error{timeout}: it goes on, and its turn lasts.
        // `when_stuck` is called on this thread when it takes longer than usual.
        void run(std::function<void()> call, const std::function<void()>& when_stuck = {}) &&;

    private:
        friend class Lanes;
        Pass(Crew&, std::shared_ptr<Book>, std::shared_ptr<Call>);
        Crew& crew_;
        std::shared_ptr<Book> book_;
        std::shared_ptr<Call> call_;
    };
    // Waits a little for a place when there are only others in the way that will soon be done. Throws Error{busy} when
    // the domain has a call already, or when there is no place. `reacts`: as far as is known.
    Pass enter(const Uuid&, const Verb&, bool reacts = true);

    unsigned stuck() const;     // calls that take longer than usual
    unsigned abandoned() const; // of these, those nobody waits for any more

private:
    std::shared_ptr<Book> book_;
    Crew crew_;
};

} // namespace hv::libvirt
