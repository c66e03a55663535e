#pragma once
// A Storage whose disk may hang: every call of the one behind it runs on a thread that is left behind when it does not
// come back, and what was asked for then has an unknown outcome (Error{timeout}).
//
// A call that takes long does not say yet that the disk hangs. So the disk is looked at (how much is free) as soon as
// one takes longer than usual; when that look does not come back either, the pool is silent: waiting callers are let
// go, and every verb throws Error{unavailable} at once, until the look does come back. available() is that same look,
// taken when it is asked for: it waits next to nothing, and throws Error{unavailable} when it is not known how much
// is free.
//
// Threads: any. Nothing here waits for a disk that hangs, the destructor neither. What is left behind keeps the
// Storage.

#include "agent/base/patient_caller.hh"
#include "drivers/contract/storage.hh"

#include <chrono>
#include <functional>
#include <memory>
#include <string>

namespace hv {

class PatientStorage : public Storage {
public:
    struct Timing {
        std::chrono::milliseconds sampling{500};      // available() waits so long for a fresh look
        std::chrono::milliseconds remembered{60'000}; // and goes by an older one for so long
        std::chrono::milliseconds usual{2'000};       // whoever waits longer looks whether the disk answers
        std::chrono::milliseconds silent{5'000};      // it does not, when a look takes longer
        std::chrono::milliseconds reading{10'000};    // list, find
        std::chrono::milliseconds changing{60'000};   // what moves few bytes
        std::chrono::milliseconds moving{12 * 3'600'000}; // what moves many
        std::chrono::milliseconds still{300'000};  // an import that comes no further: its original hangs
        std::chrono::milliseconds stopping{2'000}; // that it is waited for once it was told to stop
    };
    // `told` is called, on any thread, when the pool falls silent and when it answers again. May be empty.
    explicit PatientStorage(std::shared_ptr<Storage> behind, std::function<void()> told = {})
        : PatientStorage(std::move(behind), std::move(told), Timing()) {}
    PatientStorage(std::shared_ptr<Storage> behind, std::function<void()> told, Timing);
    ~PatientStorage() override;

    std::vector<Volume> list() override;
    std::optional<Volume> find(const Uuid&) override;
    Volume create(const Uuid&, std::uint64_t bytes) override;
    Volume clone(const Uuid&, const Volume& base, std::uint64_t bytes = 0) override;
    Volume import(const Uuid&, Format, int source, std::uint64_t bytes,
                  const std::function<void(std::uint64_t)>& progress, std::stop_token) override;
    std::unique_ptr<Incoming> receive(const Uuid&) override;
    Volume copy(const Uuid&, const Volume& original, const std::function<void(std::uint64_t)>& progress,
                std::stop_token) override;
    Volume flatten(const Uuid&, const std::vector<Layer>& chain,
                   const std::function<void(std::uint64_t)>& progress, std::stop_token) override;
    void resize(const Uuid&, std::uint64_t bytes) override;
    void remove(const Uuid&) override;
    std::uint64_t available() override;
    std::string silence() override;
    std::map<std::string, std::vector<Uuid>> behind(const std::vector<std::string>& files) override;
    Standing settle(const Uuid& known) override;
    std::vector<Stray> strays() override;
    Descriptor open(const std::string& stray) override;
    void discard(const std::string& stray) override;

private:
    class Arriving;
    struct Book;
    struct Parts;
    std::shared_ptr<Parts> parts_; // shared with what arrives
};

} // namespace hv
