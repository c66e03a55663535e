// What is changed of a machine by the services behind every rendering, over the fake driver; and what of it both
// families show.
#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/base/text.hh"
#include "agent/occi/names.hh"
#include "agent/service/compute/computes.hh"
#include "tests/wire/fixture.hh"

#include <boost/test/unit_test.hpp>

#include <chrono>

namespace name = occi::name;

namespace {

constexpr std::uint64_t gibibyte = 1 << 30;

struct Fixture : wire::Fixture {
    service::Networks networks{agent.context()};
    service::Storages storages{agent.context()};
    service::Computes computes{agent.context(), networks, storages};
    const service::Terms terms{{"local", auth::Role::administrator}};
    const occi::Model& model = agent.context().model;

    occi::Resource wanting(occi::Attributes attributes,
                           const std::vector<const occi::Mixin*>& mixins = {}) const {
        occi::Resource wanted;
        wanted.kind = model.known().compute;
        wanted.attributes = std::move(attributes);
        for (const auto* mixin : mixins) wanted.mixins.push_back(mixin);
        return wanted;
    }
    bool ends_well(const state::Operation& operation) {
        return end_of(operation.id).stage == state::Stage::done;
    }
    Uuid made(const occi::Resource& wanted) {
        const auto made = computes.create(wanted, false, terms);
        BOOST_REQUIRE(ends_well(made.operation));
        return made.id;
    }
    bool update(const Uuid& id, const occi::Resource& wanted) {
        const auto operation = computes.update(id, wanted, terms);
        return operation && ends_well(*operation);
    }
    // "" when it is taken.
    std::string refusal_of(const Uuid& id, const occi::Resource& wanted) {
        try {
            computes.update(id, wanted, terms);
            return "";
        } catch (const Error& failure) {
            return (failure.fault() == Fault::conflict    ? "conflict: "
                    : failure.fault() == Fault::forbidden ? "forbidden: "
                    : failure.fault() == Fault::invalid   ? "invalid: "
                                                          : "other: ") +
                   std::string(failure.what());
        }
    }
    occi::Resource shown(const Uuid& id) { return computes.show(id, terms.who); }
    std::string in_xml(const Uuid& id, const char* element) {
        return support::element(client.get("/compute/" + id).body, element);
    }
};

} // namespace

BOOST_FIXTURE_TEST_SUITE(wire_compute_update, Fixture)

BOOST_AUTO_TEST_CASE(a_machine_has_what_was_said_of_it_when_it_was_made) {
    const auto id = made(wanting({{name::title, std::string("web")},
                                  {name::summary, std::string("the shop")},
                                  {name::hostname, std::string("web.example.org")},
                                  {name::architecture, std::string("x86")},
                                  {name::share, std::int64_t{200}},
                                  {name::cores, std::int64_t{2}},
                                  {name::memory, 0.5}}));
    BOOST_TEST(spec_of(id).arch == "i686");
    BOOST_TEST(spec_of(id).shares == 200U);
    BOOST_TEST(spec_of(id).cores == 2U);
    BOOST_TEST(spec_of(id).memory == gibibyte / 2);
    const auto seen = shown(id);
    BOOST_TEST(seen.mixins.empty()); // whose sizes a client names is of no type
    BOOST_TEST(seen.string(name::summary).value() == "the shop");
    BOOST_TEST(seen.string(name::hostname).value() == "web.example.org");
    BOOST_TEST(seen.string(name::architecture).value() == "x86");
    BOOST_TEST(seen.integer(name::share).value() == 200);
    BOOST_TEST(in_xml(id, "TYPE") == "custom");
}

BOOST_AUTO_TEST_CASE(sizes_that_are_left_out_are_those_of_small) {
    const auto id = made(wanting({{name::cores, std::int64_t{3}}}));
    BOOST_TEST(spec_of(id).memory == gibibyte);
    BOOST_TEST(in_xml(made(wanting({})), "TYPE") == "small");
}

BOOST_AUTO_TEST_CASE(what_is_so_already_is_no_change) {
    const auto id = made(wanting({{name::title, std::string("web")}}, {model.resource_template("medium")}));
    BOOST_TEST(!computes.update(id, wanting({}), terms));
    BOOST_TEST(!computes.update(
        id,
        wanting({{name::title, std::string("web")}, {name::cores, std::int64_t{2}}, {name::memory, 2.0}},
                {model.resource_template("medium")}),
        terms));
}

BOOST_AUTO_TEST_CASE(what_cannot_be_had_now_is_shown_with_what_there_is) {
    const auto id = made(wanting({}));
    BOOST_TEST(update(id, wanting({}, {model.resource_template("large")})));
    auto seen = shown(id);
    BOOST_TEST(seen.integer(name::cores).value() == 4);
    BOOST_TEST(seen.number(name::memory).value() == 4.0);
    BOOST_TEST(seen.string(name::compute_message).value() ==
               "booted; it has 4 cores and 1 GiB until it is stopped and started");
    BOOST_TEST(in_xml(id, "TYPE") == "large");
    agent.host().compute().power_off(id);
    BOOST_TEST(agent.becomes(id, "STOPPED"));
    BOOST_TEST(shown(id).string(name::compute_message).value() == "destroyed");
}

BOOST_AUTO_TEST_CASE(two_changes_in_a_row_do_not_undo_each_other) {
    const auto id = made(wanting({{name::title, std::string("old")}}));
    agent.host().hold("compute.revise");
    const auto first = computes.update(id, wanting({{name::title, std::string("new")}}), terms);
    const auto second = computes.update(id, wanting({{name::cores, std::int64_t{2}}}), terms);
    agent.host().release("compute.revise");
    BOOST_REQUIRE(first);
    BOOST_REQUIRE(second);
    BOOST_TEST(ends_well(*first));
    BOOST_TEST(ends_well(*second));
    BOOST_TEST(spec_of(id).title == "new");
    BOOST_TEST(spec_of(id).cores == 2U);
}

BOOST_AUTO_TEST_CASE(a_change_goes_on_after_a_restart_of_the_agent) {
    const auto id = made(wanting({}));
    // What nobody knows of is never given up.
    agent.fail_for_good("compute.revise", Error(Fault::timeout, "on purpose"));
    BOOST_REQUIRE(computes.update(id, wanting({{name::memory, 2.0}}), terms));
    agent.restart();
    BOOST_TEST(support::eventually([&] { return spec_of(id).memory == 2 * gibibyte; }));
}

BOOST_AUTO_TEST_CASE(the_architecture_changes_only_while_it_is_off) {
    const auto id = made(wanting({{name::architecture, std::string("x64")}}));
    const auto other = wanting({{name::architecture, std::string("x86")}});
    BOOST_TEST(refusal_of(id, other) ==
               "conflict: compute " + id +
                   " is not off: its architecture cannot change before it is stopped");
    agent.host().compute().power_off(id);
    BOOST_TEST(agent.becomes(id, "STOPPED"));
    BOOST_TEST(update(id, other));
    BOOST_TEST(shown(id).string(name::architecture).value() == "x86");
}

BOOST_AUTO_TEST_CASE(a_saved_machine_keeps_its_sizes_and_may_be_renamed) {
    const auto id = made(wanting({}));
    agent.host().compute().suspend(id, hv::Suspend::save);
    BOOST_TEST(agent.becomes(id, "STOPPED"));
    for (const auto& wanted :
         {wanting({{name::cores, std::int64_t{2}}}), wanting({{name::share, std::int64_t{2}}})})
        BOOST_TEST(refusal_of(id, wanted).starts_with("conflict: compute " + id + " is saved"));
    BOOST_TEST(update(id, wanting({{name::title, std::string("asleep")}})));
    BOOST_TEST(in_xml(id, "NAME") == "asleep");
}

BOOST_AUTO_TEST_CASE(a_machine_that_does_not_react_is_not_changed) {
    const auto id = made(wanting({}));
    agent.host().set_stuck(id, "monitor silent");
    BOOST_TEST(
        support::eventually([&] { return shown(id).string(name::condition).value_or("") == "stuck"; }));
    BOOST_CHECK_EXCEPTION(computes.update(id, wanting({{name::cores, std::int64_t{2}}}), terms), Error,
                          [](const Error& failure) { return failure.fault() == Fault::busy; });
    BOOST_TEST(!computes.update(id, wanting({{name::cores, std::int64_t{1}}}), terms));
}

// ---- in OpenNebula's XML -------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_custom_machine_is_resized_by_xml) {
    const auto id = agent.compute("<COMPUTE><TYPE>custom</TYPE><CPU>1</CPU><MEMORY>256</MEMORY></COMPUTE>");
    const auto put = [&](const std::string& inside) {
        return client.put("/compute/" + id, "<COMPUTE><TYPE>custom</TYPE>" + inside + "</COMPUTE>");
    };
    BOOST_TEST(put("<CPU>1</CPU><MEMORY>256</MEMORY>").status == 200);
    BOOST_TEST(put("<CPU>3</CPU>").status == 202);
    BOOST_TEST(support::eventually([&] { return spec_of(id).cores == 3U; }));
    BOOST_TEST(spec_of(id).memory == gibibyte / 4);
    BOOST_TEST(in_xml(id, "TYPE") == "custom");
    const auto refused = put("<CPU>1025</CPU>");
    BOOST_TEST(refused.status == 400);
    BOOST_TEST(refused.body.find("at most 255 processors on this host, and not 1025") != refused.body.npos);
}

BOOST_AUTO_TEST_CASE(a_custom_machine_is_resized_by_xml_that_does_not_say_that_it_is_one) {
    const auto id = agent.compute("<COMPUTE><TYPE>custom</TYPE><CPU>1</CPU><MEMORY>256</MEMORY></COMPUTE>");
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><CPU>2</CPU></COMPUTE>").status == 202);
    BOOST_TEST(support::eventually([&] { return spec_of(id).cores == 2U; }));
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><MEMORY>half</MEMORY></COMPUTE>").status == 400);
}

BOOST_AUTO_TEST_CASE(other_sizes_than_those_of_its_type_are_refused_and_the_same_are_no_change) {
    const auto id = agent.compute("<COMPUTE><NAME>old</NAME><TYPE>small</TYPE></COMPUTE>");
    BOOST_TEST(all_has_ended()); // its creation
    const auto put = [&](const std::string& inside) {
        return client.put("/compute/" + id, "<COMPUTE>" + inside + "</COMPUTE>");
    };
    for (const std::string type : {"", "<TYPE>small</TYPE>", "<INSTANCE_TYPE>small</INSTANCE_TYPE>"}) {
        BOOST_TEST(put(type + "<CPU>1</CPU><MEMORY>1024</MEMORY>").status == 200);
        const auto cpu = put(type + "<NAME>new</NAME><CPU>3</CPU>");
        BOOST_TEST(cpu.status == 403);
        BOOST_TEST(cpu.body == "CPU cannot be changed: compute " + id + " is of TYPE small and has 1\n");
        const auto memory = put(type + "<STATE>SUSPENDED</STATE><CPU>1</CPU><MEMORY>9999</MEMORY>");
        BOOST_TEST(memory.status == 403);
        BOOST_TEST(memory.body ==
                   "MEMORY cannot be changed: compute " + id + " is of TYPE small and has 1024 MB\n");
        BOOST_TEST(put(type + "<CPU>0.5</CPU>").status == 400);
    }
    BOOST_TEST(agent.operations().under_way() == 0U);
    BOOST_TEST(in_xml(id, "NAME") == "old");
    BOOST_TEST(in_xml(id, "STATE") == "ACTIVE");
}

BOOST_AUTO_TEST_CASE(a_document_of_another_machine_changes_nothing) {
    const auto id = agent.compute("<COMPUTE><NAME>one</NAME></COMPUTE>"),
               other = agent.compute("<COMPUTE><NAME>other</NAME></COMPUTE>");
    const auto shown = client.get("/compute/" + other).body;
    const std::string by_href =
                          "<COMPUTE href=\"http://node/compute/" + other + "\"><NAME>x</NAME></COMPUTE>",
                      by_id = "<COMPUTE><ID>" + other + "</ID><STATE>CANCEL</STATE></COMPUTE>";
    for (const auto& document : {shown, by_href, by_id}) {
        const auto refused = client.put("/compute/" + id, document);
        BOOST_TEST(refused.status == 400);
        BOOST_TEST(refused.body ==
                   "the document is of compute " + other + " and the URL names compute " + id + "\n");
    }
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><ID>234</ID><NAME>x</NAME></COMPUTE>").status == 400);
    BOOST_TEST(in_xml(id, "NAME") == "one");
    BOOST_TEST(client.put("/compute/" + id, "<COMPUTE><ID>" + text::upper(id) + "</ID></COMPUTE>").status ==
               200);
    // What is to be made gets an id of its own: that of its model on another server means nothing.
    BOOST_TEST(client.post("/compute", "<COMPUTE><ID>" + other + "</ID><NICS/></COMPUTE>").status == 201);
}

BOOST_AUTO_TEST_CASE(a_document_of_which_nothing_is_known_is_refused) {
    const auto id = agent.compute("<COMPUTE/>");
    for (const std::string inside :
         {"<STAT>SUSPENDED</STAT>", "<state>SUSPENDED</state>", "SUSPENDED", "<MESSAGE>well</MESSAGE>",
          "<STATUS><STATE>SUSPENDED</STATE></STATUS>"}) {
        for (const auto& before : {std::string(), "<ID>" + id + "</ID>"}) {
            const auto refused = client.put("/compute/" + id, "<COMPUTE>" + before + inside + "</COMPUTE>");
            BOOST_TEST(refused.status == 400);
            BOOST_TEST(refused.body.find("nothing in it that could be changed") != refused.body.npos);
        }
    }
    // What is not known beside what is may be another release's.
    BOOST_TEST(
        client.put("/compute/" + id, "<COMPUTE><GROUP>g</GROUP><STATE>ACTIVE</STATE></COMPUTE>").status ==
        200);
}

BOOST_AUTO_TEST_CASE(what_was_read_in_xml_may_be_sent_back_whatever_else_it_has) {
    const auto& known = model.known();
    const auto id = made(wanting({{name::cores, std::int64_t{2}}, {name::ssh_key, std::string("ssh-rsa k")}},
                                 {known.ssh_key}));
    BOOST_TEST(client.put("/compute/" + id, client.get("/compute/" + id).body).status == 200);
    const auto refused = client.put("/compute/" + id, "<COMPUTE><TYPE>small</TYPE></COMPUTE>");
    BOOST_TEST(refused.status == 403);
}

BOOST_AUTO_TEST_CASE(an_empty_word_takes_the_old_one_away) {
    const auto id = made(wanting({{name::title, std::string("web")},
                                  {name::summary, std::string("the shop")},
                                  {name::hostname, std::string("web")}}));
    BOOST_TEST(update(id, wanting({{name::title, std::string()},
                                   {name::summary, std::string()},
                                   {name::hostname, std::string()}})));
    const auto seen = shown(id);
    BOOST_TEST(!seen.string(name::summary));
    BOOST_TEST(!seen.string(name::hostname));
    BOOST_TEST(in_xml(id, "NAME") == "");
}

BOOST_AUTO_TEST_CASE(user_data_are_given_once_and_a_key_may_be_replaced) {
    const auto& known = model.known();
    const auto id = made(wanting({{name::ssh_key, std::string("ssh-rsa first")},
                                  {name::openstack_user_data, std::string("IyEvYmluL3NoCmV4aXQgMAo=")}},
                                 {known.ssh_key, known.openstack_user_data}));
    BOOST_TEST(shown(id).string(name::ssh_key).value() == "ssh-rsa first");
    BOOST_TEST(shown(id).has(*known.user_data));

    BOOST_TEST(update(id, wanting({{name::ssh_key, std::string("ssh-rsa second")}}, {known.ssh_key})));
    BOOST_TEST(shown(id).string(name::ssh_key).value() == "ssh-rsa second");
    const auto same = wanting({{name::user_data, std::string("#!/bin/sh\nexit 0\n")}}, {known.user_data});
    BOOST_TEST(!computes.update(id, same, terms));
    const auto refusal =
        refusal_of(id, wanting({{name::user_data, std::string("#!other")}}, {known.user_data}));
    BOOST_TEST(refusal.starts_with("forbidden: "));
    BOOST_TEST(refusal.find("#!") == refusal.npos);
}

BOOST_AUTO_TEST_CASE(what_a_guest_is_told_is_shown_to_its_owner_only) {
    const auto& known = model.known();
    const auto id = made(wanting({{name::ssh_key, std::string("ssh-rsa first")}}, {known.ssh_key}));
    const auto seen = computes.show(id, {"somebody", auth::Role::administrator});
    BOOST_TEST(!seen.string(name::ssh_key));
    BOOST_TEST(!seen.has(*known.ssh_key));
    BOOST_TEST(shown(id).has(*known.ssh_key));
}

BOOST_AUTO_TEST_SUITE_END()
