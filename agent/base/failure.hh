#pragma once
// What was thrown on another thread, by its parts: it is thrown anew here, and the two threads share nothing.
//
// Threads: values.

#include "agent/base/error.hh"

#include <exception>
#include <functional>
#include <optional>
#include <string>

struct Failure {
    Fault fault;
    std::string sentence;

    [[noreturn]] void raise() const { throw Error(fault, sentence); }
};

// Of `work`; nullopt: it has thrown nothing.
inline std::optional<Failure> failure_of(const std::function<void()>& work) noexcept {
    try {
        work();
        return std::nullopt;
    } catch (const Error& error) {
        return Failure{error.fault(), error.what()};
    } catch (const std::exception& error) {
        return Failure{Fault::internal, error.what()};
    }
}
