#pragma once
// A text that must not outlive its use: its memory is wiped, and it neither is copied nor prints itself by mistake.
//
// Threads: one owner at a time.

#include <cstring>
#include <string>
#include <string_view>
#include <utility>

inline void wipe(std::string& text) noexcept {
    text.resize(text.capacity()); // what stood there once may be behind the end
    ::explicit_bzero(text.data(), text.size());
    text.clear();
}

class Secret {
public:
    Secret() = default;
    explicit Secret(std::string_view text) : text_(text) {}
    // Takes what the caller has, and leaves nothing there.
    explicit Secret(std::string&& text) : text_(text) { wipe(text); }
    Secret(Secret&& other) noexcept : text_(std::move(other.text_)) { wipe(other.text_); }
    Secret& operator=(Secret&& other) noexcept {
        if (this == &other) return *this;
        wipe(text_);
        text_ = std::move(other.text_);
        wipe(other.text_); // a short one lies in the string itself, and a move leaves it behind
        return *this;
    }
    Secret(const Secret&) = delete;
    Secret& operator=(const Secret&) = delete;
    ~Secret() { wipe(text_); }

    // Lives as long as this.
    const std::string& reveal() const noexcept { return text_; }

private:
    std::string text_;
};
