#pragma once
// Entities as they were last written, so that a client that asks again and again costs no writing while nothing
// changes. What was written holds for one snapshot of the inventory: everything in an entity comes from there, but
// for its age, which stands in a header.
//
// Threads: any.

#include "agent/base/guarded.hh"
#include "agent/http/types.hh"
#include "agent/state/snapshot.hh"

#include <array>
#include <functional>
#include <memory>
#include <string>

namespace api {

class Renderings {
public:
    struct Written {
        std::string body, etag;
        http::Headers headers{}; // of text/occi
    };

    // What `write` returns, now or earlier. `key`: all that it depends on beside `now`: the entity, who asks, and in
    // which rendering. Throws what `write` throws.
    std::shared_ptr<const Written> get(const std::string& key,
                                       const std::shared_ptr<const state::Snapshot>& now,
                                       const std::function<Written()>& write);

private:
    // A key has one place, where it takes turns with others. Some hundred KiB in all.
    static constexpr std::size_t places = 256;
    struct Entry {
        std::string key;
        std::weak_ptr<const state::Snapshot> of; // keeps none alive
        std::shared_ptr<const Written> written;
    };
    Guarded<std::array<Entry, places>> entries_;
};

} // namespace api
