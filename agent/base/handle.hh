#pragma once
// Owners for what C gives us: Handle<T, free> for pointers, Descriptor for file descriptors, Defer for an undo.
//
// Threads: one owner at a time.

#include <memory>
#include <unistd.h>
#include <utility>

template <auto release> struct Releaser {
    template <class T> void operator()(T* handle) const noexcept { release(handle); }
};
// using Domain = Handle<virDomain, virDomainFree>;
template <class T, auto release> using Handle = std::unique_ptr<T, Releaser<release>>;

class Descriptor {
public:
    Descriptor() = default;
    explicit Descriptor(int fd) noexcept : fd_(fd) {}
    Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        if (this != &other) {
            reset();
            fd_ = std::exchange(other.fd_, -1);
        }
        return *this;
    }
    ~Descriptor() { reset(); }
    int get() const noexcept { return fd_; }
    explicit operator bool() const noexcept { return fd_ >= 0; }
    int release() noexcept { return std::exchange(fd_, -1); }
    void reset() noexcept {
        if (fd_ >= 0) ::close(std::exchange(fd_, -1));
    }

private:
    int fd_ = -1;
};

// Runs `undo` when the scope ends, unless dismissed: one for each step of a change that may have to be taken back.
// `undo` must not throw.
template <class F> class Defer {
public:
    explicit Defer(F undo) : undo_(std::move(undo)) {}
    Defer(const Defer&) = delete;
    Defer& operator=(const Defer&) = delete;
    ~Defer() {
        if (armed_) undo_();
    }
    void dismiss() noexcept { armed_ = false; }

private:
    F undo_;
    bool armed_ = true;
};
