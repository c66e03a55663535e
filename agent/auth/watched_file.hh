#pragma once
// What stands in a file that people change while the agent runs: read again when the file is another one or has been
// changed, at most once a second. While it has a fault, what was read before stays, and the log says why.
//
// Threads: any.

#include "agent/base/guarded.hh"
#include "agent/base/log.hh"
#include "agent/base/published.hh"

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <sys/stat.h>
#include <utility>

namespace auth {

// What tells one content of a file from another without reading it.
struct FileMark {
    std::uint64_t device = 0, inode = 0;
    std::int64_t size = -1, changed_s = 0, changed_ns = 0; // -1: there is none
    bool operator==(const FileMark&) const = default;

    static FileMark of(const std::filesystem::path& file) noexcept {
        struct stat is {};
        if (::stat(file.c_str(), &is) != 0) return {};
        return {is.st_dev, is.st_ino, is.st_size, is.st_ctim.tv_sec, is.st_ctim.tv_nsec};
    }
};

template <class Content> class WatchedFile {
public:
    using Read = std::function<std::shared_ptr<const Content>(const std::filesystem::path&)>;

    // Throws what `read` throws.
    WatchedFile(std::filesystem::path file, Read read)
        : file_(std::move(file)), read_(std::move(read)), mark_(FileMark::of(file_)), content_(read_(file_)) {
    }

    std::shared_ptr<const Content> now() {
        look();
        return content_.get();
    }
    // Another number for each content.
    std::uint64_t generation() {
        look();
        return generation_.load();
    }

private:
    using Clock = std::chrono::steady_clock;
    static constexpr Clock::duration pause = std::chrono::seconds(1);

    void look() noexcept {
        auto due = due_.load();
        const auto now = Clock::now().time_since_epoch().count();
        if (now < due || !due_.compare_exchange_strong(due, now + pause.count())) return;
        mark_.with([&](FileMark& last) { read_if_changed(last); });
    }
    void read_if_changed(FileMark& last) noexcept try {
        const auto mark = FileMark::of(file_);
        if (mark == last) return;
        last = mark; // one with a fault is not read again and again
        content_.set(read_(file_));
        ++generation_;
        logging::info("{} is read again", file_.string());
    } catch (const std::exception& failure) {
        logging::error("{}; what stood there before still counts", failure.what());
    }

    const std::filesystem::path file_;
    const Read read_;
    Guarded<FileMark> mark_;
    Published<Content> content_;
    std::atomic<std::uint64_t> generation_ = 1;
    std::atomic<Clock::rep> due_ = 0;
};

} // namespace auth
