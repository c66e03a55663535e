#pragma once
// What this process writes to its standard error meanwhile, its log above all. Temp: puts the old one back.

#include "agent/base/handle.hh"

#include <array>
#include <stdexcept>
#include <string>
#include <sys/mman.h>
#include <unistd.h>

namespace support {

class CapturedStderr {
public:
    CapturedStderr() : file_(::memfd_create("stderr", MFD_CLOEXEC)), own_(::dup(STDERR_FILENO)) {
        if (!file_ || !own_ || ::dup2(file_.get(), STDERR_FILENO) < 0)
            throw std::runtime_error("cannot capture the standard error");
    }
    ~CapturedStderr() { ::dup2(own_.get(), STDERR_FILENO); }
    CapturedStderr(const CapturedStderr&) = delete;
    CapturedStderr& operator=(const CapturedStderr&) = delete;

    std::string text() const { // so far
        std::string all;
        std::array<char, 4096> bytes{};
        for (ssize_t got = 0;
             (got = ::pread(file_.get(), bytes.data(), bytes.size(), static_cast<off_t>(all.size()))) > 0;)
            all.append(bytes.data(), static_cast<std::size_t>(got));
        return all;
    }
    // How many times `part` is in it.
    std::size_t count(const std::string& part) const {
        const auto all = text();
        std::size_t found = 0;
        for (auto at = all.find(part); at != std::string::npos; at = all.find(part, at + 1)) ++found;
        return found;
    }

private:
    Descriptor file_, own_;
};

} // namespace support
