#include "drivers/patient_storage.hh"

#include "agent/base/clock.hh"
#include "agent/base/error.hh"
#include "agent/base/handle.hh"

#include <atomic>
#include <cerrno>
#include <condition_variable>
#include <fcntl.h>
#include <mutex>
#include <set>
#include <stop_token>
#include <system_error>

namespace hv {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr unsigned most_left = 24; // threads that hang

Descriptor again(int file) {
    Descriptor copy(::fcntl(file, F_DUPFD_CLOEXEC, 3));
    if (!copy)
        throw Error(Fault::unavailable,
                    "cannot open the original again: " + std::generic_category().message(errno));
    return copy;
}

} // namespace

// What is known of the pool; shared with the look that is under way, which may outlive everybody.
struct PatientStorage::Book {
    std::mutex mutex;
    std::condition_variable looked;
    // The look that is under way.
    std::optional<Clock::time_point> looking_since;
    std::chrono::system_clock::time_point looking_since_wall;
    bool silent = false; // that look has taken too long
    // What the newest one has found: how much is free, or why that cannot be told.
    Clock::time_point seen_at{};
    std::optional<std::uint64_t> free;
    std::string trouble;
    std::set<Uuid> changing; // by calls that have not returned
};

struct PatientStorage::Parts : std::enable_shared_from_this<PatientStorage::Parts> {
    Parts(std::shared_ptr<Storage> storage, std::function<void()> listener, const Timing& times)
        : behind(std::move(storage)), told(std::move(listener)), timing(times) {}

    const std::shared_ptr<Storage> behind;
    const std::function<void()> told;
    const Timing timing;
    const std::shared_ptr<Book> book = std::make_shared<Book>();
    PatientCaller patient{"pool", most_left};
    Crew looks{"pool-look"};

    void look();
    bool is_silent();
    std::string silence() const;
    void refuse_while_silent(const std::string& doing);
    PatientCaller::GoOn until(milliseconds deadline);
    PatientCaller::GoOn until_stopped(const std::stop_token&, milliseconds still,
                                      std::function<std::uint64_t()> beat);

    // Nothing has happened when it does not come back.
    template <class F> auto read(const std::string& doing, milliseconds deadline, F work) {
        refuse_while_silent(doing);
        try {
            return patient.call(doing, until(deadline), std::move(work));
        } catch (const Error& failure) {
            if (failure.fault() != Fault::timeout) throw;
            refuse_while_silent(doing);
            throw Error(Fault::unavailable, doing + ": the disk of the storage pool does not answer");
        }
    }
    void refuse_while_suspect(const std::string& doing);
    // The same for a thread that answers requests.
    template <class F> auto ask(const std::string& doing, F work) {
        refuse_while_suspect(doing);
        look(); // so that the next one need not wait if this one does
        return read(doing, timing.usual, std::move(work));
    }
    // One at a time for each volume.
    template <class F>
    auto change(const Uuid& id, const std::string& doing, const PatientCaller::GoOn& go_on, F work) {
        refuse_while_silent(doing);
        return patient.call(
            doing, go_on, [turn = take_turn(id, doing), work = std::move(work)]() mutable { return work(); });
    }
    std::shared_ptr<void> take_turn(const Uuid&, const std::string& doing);
    template <class F>
    Volume move(const Uuid&, const std::string& doing, milliseconds still,
                const std::function<void(std::uint64_t)>& progress, const std::stop_token&, F work);
};

// Begins one unless one is under way.
void PatientStorage::Parts::look() {
    {
        std::lock_guard hold(book->mutex);
        if (book->looking_since) return;
        book->looking_since = Clock::now();
        book->looking_since_wall = std::chrono::system_clock::now();
    }
    try {
        looks.run([behind = behind, book = book, told = told] {
            std::optional<std::uint64_t> free;
            std::string trouble;
            try {
                free = behind->available();
            } catch (const std::exception& failure) {
                trouble = failure.what();
            }
            bool was_silent = false;
            {
                std::lock_guard hold(book->mutex);
                book->looking_since.reset();
                was_silent = std::exchange(book->silent, false);
                book->free = free;
                book->trouble = std::move(trouble);
                book->seen_at = Clock::now();
                book->looked.notify_all();
            }
            if (was_silent && told) told();
        });
    } catch (...) {
        std::lock_guard hold(book->mutex);
        book->looking_since.reset();
        throw;
    }
}

bool PatientStorage::Parts::is_silent() {
    {
        std::lock_guard hold(book->mutex);
        if (book->silent) return true;
        if (!book->looking_since || Clock::now() - *book->looking_since < timing.silent) return false;
        book->silent = true;
    }
    if (told) told();
    return true;
}

std::string PatientStorage::Parts::silence() const {
    std::lock_guard hold(book->mutex);
    return book->silent ? "the storage pool does not answer since " + to_rfc3339(book->looking_since_wall)
                        : "";
}

void PatientStorage::Parts::refuse_while_silent(const std::string& doing) {
    if (is_silent()) throw Error(Fault::unavailable, doing + ": " + silence());
}

// For a thread that answers requests: not even a moment is waited for a disk that seems to hang.
void PatientStorage::Parts::refuse_while_suspect(const std::string& doing) {
    std::lock_guard hold(book->mutex);
    if (book->looking_since && Clock::now() - *book->looking_since > timing.usual / 2)
        throw Error(Fault::unavailable, doing + ": the disk of the storage pool has not answered yet");
}

// While the disk answers at all, for so long.
PatientCaller::GoOn PatientStorage::Parts::until(milliseconds deadline) {
    return [this, deadline](milliseconds waited) {
        if (waited >= deadline) return false;
        if (waited >= timing.usual) look();
        return !is_silent();
    };
}

// The same for what can be told to stop, which then has a moment to clean up, and comes further all the time, as `beat`
// says.
PatientCaller::GoOn PatientStorage::Parts::until_stopped(const std::stop_token& stop, milliseconds still,
                                                         std::function<std::uint64_t()> beat) {
    struct Seen {
        std::uint64_t bytes = 0;
        milliseconds at{0};
        std::optional<milliseconds> stopped;
    };
    return [this, stop, still, beat = std::move(beat), on = until(timing.moving),
            seen = Seen()](milliseconds waited) mutable {
        if (!stop.stop_requested()) {
            if (const auto bytes = beat(); bytes != seen.bytes) seen = {bytes, waited, {}};
        } else if (!seen.stopped) {
            seen.stopped = waited;
        }
        const bool ends = seen.stopped && waited - *seen.stopped >= timing.stopping;
        return on(waited) && !ends && waited - seen.at < still;
    };
}

std::shared_ptr<void> PatientStorage::Parts::take_turn(const Uuid& id, const std::string& doing) {
    {
        std::lock_guard hold(book->mutex);
        if (!book->changing.insert(id).second)
            throw Error(Fault::busy, doing + ": an earlier change of it has not returned from the disk");
    }
    return {book.get(), [book = book, id](Book*) {
                std::lock_guard hold(book->mutex);
                book->changing.erase(id);
            }};
}

// `work` is given what it reports to, and what stops it: also when it was left behind, so that it does not bring later
// what nobody expects any more.
template <class F>
Volume PatientStorage::Parts::move(const Uuid& id, const std::string& doing, milliseconds still,
                                   const std::function<void(std::uint64_t)>& progress,
                                   const std::stop_token& stop, F work) {
    const auto bytes = std::make_shared<std::atomic<std::uint64_t>>(0);
    std::stop_source ending;
    const std::stop_callback pass_on(stop, [&] { ending.request_stop(); });
    Defer left([&] { ending.request_stop(); });
    auto volume = change(id, doing,
                         until_stopped(stop, still,
                                       [&] {
                                           const auto done = bytes->load();
                                           progress(done);
                                           return done;
                                       }),
                         [work = std::move(work), bytes, token = ending.get_token()]() mutable {
                             return work([bytes](std::uint64_t done) { bytes->store(done); }, token);
                         });
    left.dismiss();
    if (const auto all = bytes->load(); all > 0) progress(all);
    return volume;
}

PatientStorage::PatientStorage(std::shared_ptr<Storage> behind, std::function<void()> told, Timing timing)
    : parts_(std::make_shared<Parts>(std::move(behind), std::move(told), timing)) {}

PatientStorage::~PatientStorage() = default;

std::vector<Volume> PatientStorage::list() {
    return parts_->read("list the volumes", parts_->timing.reading,
                        [behind = parts_->behind] { return behind->list(); });
}

std::optional<Volume> PatientStorage::find(const Uuid& id) {
    return parts_->read("look at volume " + id, parts_->timing.reading,
                        [behind = parts_->behind, id] { return behind->find(id); });
}

Volume PatientStorage::create(const Uuid& id, std::uint64_t bytes) {
    return parts_->change(id, "create volume " + id, parts_->until(parts_->timing.changing),
                          [behind = parts_->behind, id, bytes] { return behind->create(id, bytes); });
}

Volume PatientStorage::clone(const Uuid& id, const Volume& base, std::uint64_t bytes) {
    return parts_->change(
        id, "clone volume " + base.id + " as " + id, parts_->until(parts_->timing.changing),
        [behind = parts_->behind, id, base, bytes] { return behind->clone(id, base, bytes); });
}

// Its own copy of the descriptor: the caller may close his when it is left behind.
Volume PatientStorage::import(const Uuid& id, Format format, int source, std::uint64_t bytes,
                              const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    const auto own = std::make_shared<const Descriptor>(again(source));
    return parts_->move(id, "import volume " + id, parts_->timing.still, progress, stop,
                        [behind = parts_->behind, id, format, own,
                         bytes](const std::function<void(std::uint64_t)>& beat, std::stop_token token) {
                            return behind->import(id, format, own->get(), bytes, beat, std::move(token));
                        });
}

Volume PatientStorage::copy(const Uuid& id, const Volume& original,
                            const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    return parts_->move(id, "copy volume " + original.id + " as " + id, parts_->timing.moving, progress, stop,
                        [behind = parts_->behind, id,
                         original](const std::function<void(std::uint64_t)>& beat, std::stop_token token) {
                            return behind->copy(id, original, beat, std::move(token));
                        });
}

Volume PatientStorage::flatten(const Uuid& id, const std::vector<Layer>& chain,
                               const std::function<void(std::uint64_t)>& progress, std::stop_token stop) {
    return parts_->move(id, "copy what is behind volume " + id, parts_->timing.moving, progress, stop,
                        [behind = parts_->behind, id, chain](const std::function<void(std::uint64_t)>& beat,
                                                             std::stop_token token) {
                            return behind->flatten(id, chain, beat, std::move(token));
                        });
}

void PatientStorage::resize(const Uuid& id, std::uint64_t bytes) {
    parts_->change(id, "resize volume " + id, parts_->until(parts_->timing.changing),
                   [behind = parts_->behind, id, bytes] { behind->resize(id, bytes); });
}

void PatientStorage::remove(const Uuid& id) {
    parts_->change(id, "remove volume " + id, parts_->until(parts_->timing.changing),
                   [behind = parts_->behind, id] { behind->remove(id); });
}

std::map<std::string, std::vector<Uuid>> PatientStorage::behind(const std::vector<std::string>& files) {
    return parts_->ask("see which volumes are in use",
                       [behind = parts_->behind, files] { return behind->behind(files); });
}

Storage::Standing PatientStorage::settle(const Uuid& known) {
    return parts_->read("see whose the storage pool is", parts_->timing.reading,
                        [behind = parts_->behind, known] { return behind->settle(known); });
}

std::vector<Stray> PatientStorage::strays() {
    return parts_->ask("list what else is in the storage pool",
                       [behind = parts_->behind] { return behind->strays(); });
}

Descriptor PatientStorage::open(const std::string& stray) {
    const auto opened = parts_->ask("open " + stray, [behind = parts_->behind, stray] {
        return std::make_shared<Descriptor>(behind->open(stray));
    });
    return std::move(*opened);
}

void PatientStorage::discard(const std::string& stray) {
    parts_->change(stray, "remove " + stray, parts_->until(parts_->timing.changing),
                   [behind = parts_->behind, stray] { behind->discard(stray); });
}

std::uint64_t PatientStorage::available() {
    auto& book = *parts_->book;
    const auto asked = Clock::now();
    parts_->look();
    std::unique_lock hold(book.mutex);
    // A caller that comes while a look hangs does not wait for it as well.
    const auto fresh = [&] { return book.seen_at >= asked; };
    const auto since = book.looking_since.value_or(asked);
    book.looked.wait_until(hold, since + parts_->timing.sampling,
                           [&] { return fresh() || !book.looking_since; });
    const bool known = fresh() || (!book.silent && asked - book.seen_at < parts_->timing.remembered);
    if (known && book.free) return *book.free;
    const auto why = known ? book.trouble : std::string();
    hold.unlock();
    if (!why.empty()) throw Error(Fault::unavailable, why);
    parts_->refuse_while_silent("see how much is free in the storage pool");
    throw Error(Fault::unavailable,
                "see how much is free in the storage pool: its disk has not answered yet");
}

std::string PatientStorage::silence() {
    parts_->look(); // for the next caller
    parts_->is_silent();
    return parts_->silence();
}

// ---- what arrives --------------------------------------------------------------------------------------------------

// Keeps its Storage. Let go of on a thread that may hang.
class PatientStorage::Arriving : public Incoming {
public:
    Arriving(std::shared_ptr<Parts> parts, const Uuid& id, std::shared_ptr<Incoming> behind)
        : parts_(std::move(parts)), id_(id), behind_(std::move(behind)), descriptor_(behind_->descriptor()) {}

    // What it leaves behind is removed, which is waited for while the disk answers.
    ~Arriving() override {
        try {
            parts_->patient.call("let go of volume " + id_, parts_->until(parts_->timing.stopping),
                                 [gone = std::move(behind_)]() mutable { gone.reset(); });
        } catch (const std::exception&) {
            // It goes when the disk answers, or is found by the next agent.
        }
    }
    Arriving(const Arriving&) = delete;
    Arriving& operator=(const Arriving&) = delete;

    void write(std::string_view bytes) override {
        buffer_->assign(bytes);
        use("write volume " + id_, [behind = behind_, text = buffer_] { behind->write(*text); });
    }
    int descriptor() const noexcept override { return descriptor_; }
    Volume keep(Format format, std::uint64_t bytes) override {
        return use("keep volume " + id_,
                   [behind = behind_, format, bytes] { return behind->keep(format, bytes); });
    }

private:
    // One that has not come back has it still.
    template <class F> std::invoke_result_t<F&> use(const std::string& doing, F work) {
        parts_->refuse_while_silent(doing);
        if (lost_)
            throw Error(Fault::unavailable, doing + ": an earlier part has not returned from the disk");
        try {
            return parts_->patient.call(doing, parts_->until(parts_->timing.changing), std::move(work));
        } catch (const Error& failure) {
            lost_ = failure.fault() == Fault::timeout;
            throw;
        }
    }

    const std::shared_ptr<Parts> parts_;
    const Uuid id_;
    std::shared_ptr<Incoming> behind_;
    const int descriptor_;
    bool lost_ = false;
    const std::shared_ptr<std::string> buffer_ = std::make_shared<std::string>();
};

std::unique_ptr<Incoming> PatientStorage::receive(const Uuid& id) {
    const auto doing = "receive volume " + id;
    parts_->refuse_while_silent(doing);
    auto arriving =
        parts_->patient.call(doing, parts_->until(parts_->timing.changing), [behind = parts_->behind, id] {
            const auto keep = [behind](Incoming* gone) { std::unique_ptr<Incoming> last(gone); };
            return std::shared_ptr<Incoming>(behind->receive(id).release(), keep);
        });
    return std::make_unique<Arriving>(parts_, id, std::move(arriving));
}

} // namespace hv
