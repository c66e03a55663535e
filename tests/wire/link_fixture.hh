#pragma once
// Links over the fake driver, made by the services that every rendering calls: for the tests of them.

#include "agent/base/error.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/links.hh"
#include "tests/wire/fixture.hh"

#include <nlohmann/json.hpp>

#include <boost/test/unit_test.hpp>

#include <map>
#include <string>

namespace wire {

namespace name = occi::name;

using Words = std::map<std::string, std::string>;

struct LinkFixture : Fixture {
    service::Networks networks{agent.context()};
    service::Storages storages{agent.context()};
    service::Computes computes{agent.context(), networks, storages};
    service::Links links{agent.context(), computes};
    const occi::Model::Known& known = agent.context().model.known();
    const service::Terms terms{{"local", auth::Role::administrator}};

    std::string machine(const std::string& inside = "<SWAP size=\"8\"/>") {
        return agent.compute("<COMPUTE><DISKS>" + inside + "</DISKS><NICS/></COMPUTE>");
    }
    // Boots from that storage itself, which is its only disk.
    std::string machine_from(const std::string& storage) {
        occi::Resource wanted;
        wanted.kind = known.compute;
        wanted.links.push_back(disk("", storage));
        auto compute = computes.create(wanted, false, terms).id;
        BOOST_REQUIRE(agent.becomes(compute, "ACTIVE"));
        return compute;
    }
    static std::string clone(const std::string& image) { return "<DISK image=\"" + image + "\"/>"; }

    occi::Link disk(const std::string& compute, const std::string& storage, const Words& words = {}) const {
        occi::Link link;
        link.kind = known.storagelink;
        link.source = "/compute/" + compute;
        link.target = "/storage/" + storage;
        for (const auto& [key, value] : words) link.attributes[key] = value;
        return link;
    }
    occi::Link nic(const std::string& compute, const std::string& network, const Words& words = {}) const {
        auto link = disk(compute, "", words);
        link.kind = known.networkinterface;
        link.target = "/network/" + network;
        if (words.contains(name::nic_address)) link.mixins.push_back(known.ipnetworkinterface);
        return link;
    }

    // Its path, once it is there.
    std::string make(const occi::Link& link) {
        const auto made = links.create(link, terms);
        const auto ended = end_of(made.operation.id);
        BOOST_TEST_REQUIRE((ended.stage == state::Stage::done), ended.message);
        BOOST_TEST(service::Links::made_by(ended) == made.id);
        return link.kind->location + made.id;
    }
    support::Answer remove(const std::string& path) {
        return client.send("DELETE", path, {}, {{"Accept", "text/plain"}});
    }
    std::size_t reservations(const std::string& network) {
        return agent.host().network().find(network).value().reservations.size();
    }

    // Of disks and NICs; the default network may be on its way beside them.
    std::size_t changes_asked_for() const {
        const auto all = client.get("/-/operations").body;
        std::size_t count = 0;
        for (auto at = all.find("\"change "); at != all.npos; at = all.find("\"change ", at + 1)) ++count;
        return count;
    }

    template <class F> static void refused(Fault fault, const std::string& sentence, F&& act) {
        BOOST_CHECK_EXCEPTION(act(), Error, [&](const Error& failure) {
            BOOST_TEST_CONTEXT(failure.what())
            BOOST_TEST(std::string(failure.what()).find(sentence) != std::string::npos);
            return failure.fault() == fault;
        });
    }
    void refuses(const occi::Link& link, Fault fault, const std::string& sentence) {
        const auto before = changes_asked_for();
        refused(fault, sentence, [&] { links.create(link, terms); });
        BOOST_TEST(changes_asked_for() == before);
    }
};

} // namespace wire
