#pragma once
// The fake's networks and the addresses that are reserved in them.
//
// Threads: any; see drivers/contract/host.hh.

#include "agent/base/guarded.hh"
#include "drivers/contract/network.hh"
#include "drivers/fake/events.hh"
#include "drivers/fake/gate.hh"

#include <map>
#include <set>
#include <string>

namespace hv::fake {

class Networks : public Network {
public:
    Networks(Gate& gate, Events& events) : gate_(gate), events_(events) {}

    std::vector<NetworkInfo> list() override;
    std::optional<NetworkInfo> find(const Uuid&) override;
    NetworkInfo create(const NetworkInfo& wanted) override;
    void remove(const Uuid&) override;
    void start(const Uuid&) override;
    void stop(const Uuid&, bool in_use) override;
    void reserve(const Uuid&, const Reservation&) override;
    void release(const Uuid&, const Reservation&) override;

    void be(const Uuid& agent);
    void add_foreign(NetworkInfo);
    void stop_by_others(const Uuid&);
    bool vanish(const Uuid&); // whether it was there
    bool has(const Uuid&) const;
    bool is_active(const Uuid&) const; // and not in trouble
    void set_bridges(std::set<std::string> devices);

    struct Table {
        std::map<Uuid, NetworkInfo> networks;
        std::map<Uuid, Uuid> makers; // the agents that made them
        Uuid agent;
    };

private:
    NetworkInfo with_trouble(NetworkInfo) const;
    void changed(const Uuid&, const std::string& what);

    Gate& gate_;
    Events& events_;
    Guarded<Table> networks_;
    Guarded<std::set<std::string>> bridges_; // of the host
};

} // namespace hv::fake
