#pragma once
// What stands wrong beyond one request: a cause that somebody found, kept until it is gone, so that health can tell it
// and not the log alone. Each is about one thing ("default network") and is a sentence that ends with what can be done.
//
// Threads: any.

#include "agent/base/guarded.hh"

#include <functional>
#include <map>
#include <string>
#include <string_view>

namespace service {

class Notices {
public:
    using All = std::map<std::string, std::string, std::less<>>; // by what they are about

    // True when the notice is new, and so belongs into the log.
    bool raise(const std::string& about, const std::string& sentence) {
        return all_.with([&](All& all) {
            auto& kept = all[about];
            if (kept == sentence) return false;
            kept = sentence;
            return true;
        });
    }
    void settle(std::string_view about) {
        all_.with([&](All& all) {
            if (const auto found = all.find(about); found != all.end()) all.erase(found);
        });
    }
    All now() const {
        return all_.with([](const All& all) { return all; });
    }

private:
    Guarded<All> all_;
};

} // namespace service
