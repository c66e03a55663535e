#include "drivers/libvirt/connection.hh"

#include "drivers/libvirt/event_loop.hh"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <cstdlib>
#include <future>
#include <mutex>
#include <pthread.h>
#include <random>
#include <thread>
#include <vector>

namespace hv::libvirt {
namespace {

using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

// In the order in which they are opened; the first one also brings the events. One whose call does not come back is
// replaced.
constexpr std::array lanes{
    Lane::watch,   Lane::work,      Lane::sampling, Lane::urgent, Lane::watch, Lane::watch,
    Lane::watch,   Lane::addresses, Lane::work,     Lane::work,   Lane::work,  Lane::sampling,
    Lane::urgent,  Lane::work,      Lane::work,     Lane::work,   Lane::work,  Lane::probing,
    Lane::probing, Lane::work,      Lane::work,     Lane::work,   Lane::work,
};
constexpr unsigned most_opening = 4;   // at a time
constexpr unsigned most_abandoned = 3; // threads that hang in an opening nobody waits for any more
constexpr auto patience_for_closing = 2s;
constexpr int keep_alive_seconds = 5; // with three missed answers a dead libvirtd is noticed after 20 s
constexpr unsigned keep_alive_count = 3;

constexpr std::array<std::string_view, 4> close_reasons{
    "the connection broke", "libvirtd closed the connection", "libvirtd stopped answering", "it was closed"};

std::string_view close_reason(int reason) noexcept {
    const auto index = static_cast<std::size_t>(reason);
    return index < close_reasons.size() ? close_reasons[index] : close_reasons[0];
}

// Who is to be told when a connection breaks.
using Broken = std::function<void(std::string_view why)>;

void on_close(virConnectPtr, int reason, void* opaque) {
    (*static_cast<Broken*>(opaque))(close_reason(reason));
}

// An open connection; closing it may block. The calls below may fail when it is dead already, which is then no news.
class Link {
public:
    explicit Link(const std::string& uri) : connect_(virConnectOpen(uri.c_str())) {
        if (!connect_) throw last_error("open " + uri);
    }
    Link(const Link&) = delete;
    Link& operator=(const Link&) = delete;
    ~Link() {
        registrations_.reset();
        virConnectUnregisterCloseCallback(connect_.get(), on_close);
    }

    // Drivers inside our own process (test:, embed) know neither, and cannot break. They accept the callback and forget
    // it, so it is not given to libvirt for freeing: it is ours, until it has been taken back.
    void watch(Broken broken) {
        broken_ = std::make_unique<Broken>(std::move(broken));
        virConnectSetKeepAlive(connect_.get(), keep_alive_seconds, keep_alive_count);
        virConnectRegisterCloseCallback(connect_.get(), on_close, broken_.get(), nullptr);
    }
    void keep(std::shared_ptr<void> registrations) { registrations_ = std::move(registrations); }
    virConnectPtr get() const noexcept { return connect_.get(); }
    bool is_alive() const noexcept { return virConnectIsAlive(connect_.get()) != 0; }

    bool lent = false; // guarded by the mutex of Parts

private:
    std::unique_ptr<Broken> broken_; // first, so that it goes last
    Handle<virConnect, virConnectClose> connect_;
    std::shared_ptr<void> registrations_;
};

enum class Stage { down, opening, up };

struct Slot {
    Lane lane = Lane::work;
    Stage stage = Stage::down;
    std::uint64_t ticket = 0; // of the newest attempt; what an older one brings is dropped
    bool broken = false;      // libvirt said so of that attempt's connection
    std::shared_ptr<Link> link;
    Clock::time_point away_since = Clock::now();
    Clock::time_point due = Clock::now();
    Clock::time_point opening_since;
};

} // namespace

void FreeText::operator()(char* text) const noexcept { std::free(text); }

std::chrono::milliseconds pause_after(std::chrono::milliseconds away, double jitter) noexcept {
    const auto pause = std::clamp<std::chrono::milliseconds>(away / 8, 50ms, 250ms);
    return std::chrono::duration_cast<std::chrono::milliseconds>(pause * (0.8 + 0.4 * jitter));
}

// Shared with the threads that open connections, which may hang longer than the Connection lives. The
// supervisor thread decides and tells, and never calls libvirt itself.
struct Connection::Parts : std::enable_shared_from_this<Connection::Parts> {
    Parts(std::string address, Timing patience) : uri(std::move(address)), timing(patience) {
        for (std::size_t i = 0; i < lanes.size(); ++i) slots[i].lane = lanes[i];
    }

    const std::string uri;
    const Timing timing;
    Hooks hooks; // set before the first thread, then constant
    std::thread supervisor;

    std::mutex mutex;
    std::condition_variable stirred; // for the supervisor
    std::condition_variable settled; // for wait()
    std::condition_variable given_back;
    std::array<Slot, lanes.size()> slots;
    bool stirring = false;
    bool stopping = false;
    unsigned abandoned = 0;
    std::string why = "no connection has been opened yet";
    std::uint64_t failures = 0;

    bool connected() const noexcept {
        const auto up = [this](Lane lane) {
            return std::ranges::any_of(
                slots, [&](const Slot& s) { return s.lane == lane && s.stage == Stage::up && !s.broken; });
        };
        return up(Lane::watch) && up(Lane::work);
    }
    void stir() {
        stirring = true;
        stirred.notify_one();
        settled.notify_all();
        given_back.notify_all();
    }

    // On the supervisor's thread.
    void supervise() noexcept;
    void tell(std::unique_lock<std::mutex>&);
    Clock::time_point advance(Clock::time_point now);
    void begin_opening(std::size_t index);

    // On the thread of one attempt.
    void attempt(std::size_t index, std::uint64_t ticket) noexcept;
    std::shared_ptr<Link> open(std::size_t index, std::uint64_t ticket);
    void take_in(std::size_t index, std::uint64_t ticket, std::shared_ptr<Link>&, const std::string& failure);

    void mark_broken(std::size_t index, std::uint64_t ticket, std::string_view reason) noexcept;
    std::shared_ptr<Link> find_free(Lane first, Lane otherwise) const;
    std::shared_ptr<Link> take(Lane first, Lane otherwise, std::chrono::milliseconds patience);
    void give_back(Link&) noexcept;

    bool found_told = false;
    std::string why_told;
    std::minstd_rand dice{std::random_device{}()};
};

// ---- the supervisor ---------------------------------------------------------------------------------------

void Connection::Parts::supervise() noexcept {
    pthread_setname_np(pthread_self(), "libvirt-keep");
    std::unique_lock hold(mutex);
    while (!stopping) {
        tell(hold);
        const auto next = advance(Clock::now());
        stirred.wait_until(hold, next, [this] { return stirring || stopping; });
        stirring = false;
    }
}

void Connection::Parts::tell(std::unique_lock<std::mutex>& hold) {
    const bool is_found = connected();
    if (is_found == found_told && (is_found || failures == 0 || why == why_told)) return;
    found_told = is_found;
    why_told = is_found ? "" : why;
    const auto said = why_told;
    hold.unlock();
    if (is_found && hooks.found) hooks.found();
    if (!is_found && hooks.lost) hooks.lost(said);
    hold.lock();
}

// Takes each slot as far as it goes without waiting; when to look again at the latest.
Clock::time_point Connection::Parts::advance(Clock::time_point now) {
    auto next = now + std::chrono::hours(1);
    auto opening = std::ranges::count(slots, Stage::opening, &Slot::stage);
    const bool watching = slots[0].stage == Stage::up && !slots[0].broken;
    for (std::size_t i = 0; i < slots.size(); ++i) {
        auto& slot = slots[i];
        if (slot.stage == Stage::up && slot.broken) {
            slot.stage = Stage::down;
            slot.away_since = slot.due = now;
        }
        if (slot.stage == Stage::opening) {
            const auto limit = slot.opening_since + timing.opening;
            if (now < limit)
                next = std::min(next, limit);
            else if (abandoned < most_abandoned) {
                ++abandoned;
                ++failures;
                why =
                    "opening " + uri + " takes longer than " +
                    std::to_string(std::chrono::duration_cast<std::chrono::seconds>(timing.opening).count()) +
                    " seconds";
                slot.stage = Stage::down;
                slot.due = now + timing.again;
                stir();
            }
        }
        // While the watch connection cannot be opened the others need not try.
        if (slot.stage != Stage::down || (i != 0 && !watching)) continue;
        if (slot.due <= now) {
            if (opening >= most_opening) continue; // each of them stirs us when it is done
            ++opening;
            begin_opening(i);
        }
        next = std::min(next, slot.stage == Stage::opening ? slot.opening_since + timing.opening : slot.due);
    }
    return next;
}

void Connection::Parts::begin_opening(std::size_t index) {
    auto& slot = slots[index];
    slot.stage = Stage::opening;
    slot.broken = false;
    slot.opening_since = Clock::now();
    try {
        std::thread([self = shared_from_this(), index, ticket = ++slot.ticket] {
            self->attempt(index, ticket);
        }).detach();
    } catch (const std::system_error& failure) {
        slot.stage = Stage::down;
        slot.due = Clock::now() + timing.again;
        ++failures;
        why = std::string("no thread can be started: ") + failure.what();
    }
}

// ---- one attempt ------------------------------------------------------------------------------------------

void Connection::Parts::attempt(std::size_t index, std::uint64_t ticket) noexcept {
    pthread_setname_np(pthread_self(), "libvirt-open");
    std::shared_ptr<Link> dead;
    {
        std::lock_guard hold(mutex);
        if (slots[index].ticket == ticket) dead = std::move(slots[index].link);
    }
    dead.reset();
    std::shared_ptr<Link> link;
    std::string failure;
    try {
        link = open(index, ticket);
    } catch (const std::exception& thrown) {
        failure = thrown.what();
    }
    take_in(index, ticket, link, failure);
}

std::shared_ptr<Link> Connection::Parts::open(std::size_t index, std::uint64_t ticket) {
    auto link = std::make_shared<Link>(uri);
    link->watch([weak = weak_from_this(), index, ticket](std::string_view reason) {
        if (const auto parts = weak.lock()) parts->mark_broken(index, ticket, reason);
    });
    if (index == 0 && hooks.opened) link->keep(hooks.opened(link->get()));
    return link;
}

// Moves from `link` when it is wanted; what is not is closed by the caller, outside of the lock.
void Connection::Parts::take_in(std::size_t index, std::uint64_t ticket, std::shared_ptr<Link>& link,
                                const std::string& failure) {
    std::lock_guard hold(mutex);
    auto& slot = slots[index];
    if (slot.ticket != ticket || slot.stage != Stage::opening) {
        if (abandoned > 0) --abandoned;
        stir(); // another one that hangs may be abandoned now
        return;
    }
    if (stopping) return;
    if (link) {
        slot.link = std::move(link);
        slot.stage = Stage::up;
    } else {
        slot.stage = Stage::down;
        const auto now = Clock::now();
        const auto away = std::chrono::duration_cast<std::chrono::milliseconds>(now - slot.away_since);
        slot.due = now + pause_after(away, std::uniform_real_distribution(0.0, 1.0)(dice));
        why = failure;
        ++failures;
    }
    stir();
}

void Connection::Parts::mark_broken(std::size_t index, std::uint64_t ticket,
                                    std::string_view reason) noexcept {
    std::lock_guard hold(mutex);
    if (slots[index].ticket != ticket) return;
    // Of connections that break together the first says why.
    if (connected()) why = reason;
    slots[index].broken = true;
    ++failures;
    stir();
}

// ---- lending ----------------------------------------------------------------------------------------------

// One that is free, or none when all are lent or not open yet. Throws Error{unavailable} when libvirt does not answer.
std::shared_ptr<Link> Connection::Parts::find_free(Lane first, Lane otherwise) const {
    bool any = false;
    for (const auto lane : {first, otherwise})
        for (const auto& slot : slots) {
            if (slot.lane != lane || slot.stage != Stage::up || slot.broken) continue;
            if (!slot.link->lent) return slot.link;
            any = true;
        }
    if (!any && !connected()) throw Error(Fault::unavailable, "libvirt does not answer: " + why);
    return nullptr;
}

std::shared_ptr<Link> Connection::Parts::take(Lane first, Lane otherwise,
                                              std::chrono::milliseconds patience) {
    const auto until = Clock::now() + patience;
    std::unique_lock hold(mutex);
    for (;;) {
        if (auto link = find_free(first, otherwise)) {
            link->lent = true;
            return link;
        }
        if (given_back.wait_until(hold, until) == std::cv_status::timeout)
            throw Error(Fault::busy, "libvirt is busy: all calls that it is given at a time are under way");
    }
}

void Connection::Parts::give_back(Link& link) noexcept {
    {
        std::lock_guard hold(mutex);
        link.lent = false;
    }
    given_back.notify_all(); // they wait for different lanes
}

std::shared_ptr<virConnect> Connection::lend(Lane first, Lane otherwise, std::chrono::milliseconds patience) {
    auto link = parts_->take(first, otherwise, patience);
    if (!link->is_alive()) {
        parts_->give_back(*link);
        throw Error(Fault::unavailable, "libvirt does not answer: the connection broke");
    }
    // The borrower also owns it, so that a lost one lives until its last user has noticed.
    const auto connect = link->get();
    return {connect, [parts = parts_, link = std::move(link)](virConnectPtr) { parts->give_back(*link); }};
}

// Its ticket is an old one from now on: when that connection breaks, too, nobody is told.
void Connection::replace(virConnectPtr lent) {
    std::shared_ptr<Link> old; // let go outside of the lock
    std::lock_guard hold(parts_->mutex);
    const auto is_up = [](const Slot& slot) { return slot.stage == Stage::up && !slot.broken; };
    for (auto& slot : parts_->slots) {
        if (!slot.link || slot.link->get() != lent || !slot.link->lent || !is_up(slot)) continue;
        const auto others = std::ranges::count_if(
            parts_->slots, [&](const Slot& each) { return each.lane == slot.lane && is_up(each); });
        if (others < 2) return; // without any, libvirt would be taken to be lost
        old = std::move(slot.link);
        ++slot.ticket;
        slot.stage = Stage::down;
        slot.away_since = slot.due = Clock::now();
        parts_->stir();
        return;
    }
}

// ---- the outside ------------------------------------------------------------------------------------------

Connection::Connection(std::string uri, Timing timing)
    : parts_(std::make_shared<Parts>(std::move(uri), timing)) {}

Connection::~Connection() { stop(); }

void Connection::start(Hooks hooks) {
    run_event_loop();
    parts_->hooks = std::move(hooks);
    parts_->supervisor = std::thread([parts = parts_.get()] { parts->supervise(); });
}

void Connection::stop() noexcept {
    std::vector<std::shared_ptr<Link>> open;
    {
        std::lock_guard hold(parts_->mutex);
        parts_->stopping = true;
        parts_->why = "the agent is stopping";
        parts_->stir();
    }
    if (parts_->supervisor.joinable()) parts_->supervisor.join();
    {
        std::lock_guard hold(parts_->mutex);
        for (auto& slot : parts_->slots) {
            if (slot.stage == Stage::up) slot.stage = Stage::down;
            if (slot.link) open.push_back(std::move(slot.link));
        }
    }
    if (open.empty()) return;
    // Closing asks libvirtd, which may hang.
    std::promise<void> closed;
    const auto done = closed.get_future();
    std::thread closer([open = std::move(open), closed = std::move(closed)]() mutable {
        open.clear();
        closed.set_value();
    });
    if (done.wait_for(patience_for_closing) == std::future_status::ready)
        closer.join();
    else
        closer.detach();
}

bool Connection::wait(std::chrono::milliseconds deadline) {
    std::unique_lock hold(parts_->mutex);
    return parts_->settled.wait_for(hold, deadline, [this] { return parts_->connected(); });
}

bool Connection::try_wait(std::chrono::milliseconds deadline) {
    std::unique_lock hold(parts_->mutex);
    const auto before = parts_->failures;
    parts_->settled.wait_for(hold, deadline,
                             [&] { return parts_->connected() || parts_->failures != before; });
    return parts_->connected();
}

} // namespace hv::libvirt
