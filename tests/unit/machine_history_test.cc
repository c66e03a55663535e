// The model of a compute's life: histories that a good agent may bring about, and above all those that it may not.
#define BOOST_TEST_DYN_LINK
#include "tests/support/machine_history.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <ostream>

namespace data = boost::unit_test::data;

namespace {

using namespace support;
using Life = Compute::Life;
using Lives = std::set<Life>;

// Writes a history down, on a clock that goes on by one with each line.
class Story {
public:
    explicit Story(Life begin = Life::running) {
        begin_.life = begin;
        begin_.title = begin == Life::none ? "" : "web";
    }

    // Asked, answered and done one after the other: `number` is the place that the agent says it has.
    Story& does(Act act, std::uint64_t number, const std::string& state = "done",
                const std::string& message = "") {
        const auto sent = ++clock_;
        accepts(act, number);
        history_.asked.back().sent = sent;
        return ends(number, state, message);
    }
    // The request overlaps with all that comes until ends().
    Story& accepts(Act act, std::uint64_t number, const std::string& title = "",
                   std::vector<unsigned> swaps = {}) {
        Asked asked{act};
        asked.title = title;
        asked.swaps = std::move(swaps);
        asked.status = 202;
        asked.operation = std::to_string(number);
        return add(asked);
    }
    Story& ends(std::uint64_t number, const std::string& state = "done", const std::string& message = "") {
        const auto id = std::to_string(number);
        const auto asked = std::ranges::find(history_.asked, id, &Asked::operation);
        history_.ended.push_back(
            {id, std::string(operation_kind(asked->act)), state, message, number, ++clock_});
        return *this;
    }
    Story& answers(Act act, int status, const std::string& said = "", const std::string& title = "") {
        Asked asked{act};
        asked.status = status;
        asked.said = said;
        asked.title = title;
        return add(asked);
    }
    Story& sees(const std::string& state, const std::string& title = "web", const Swaps& swaps = {}) {
        Asked asked{Act::look};
        asked.status = 200;
        asked.shown = {state, title, swaps};
        return add(asked);
    }
    Story& sees_none() { return answers(Act::look, 404); }
    // Nobody knows who asked for it.
    Story& finds(Act act, std::uint64_t number, bool of_a_client, const std::string& state = "done") {
        history_.ended.push_back({std::to_string(number), std::string(operation_kind(act)), state, "", number,
                                  ++clock_, of_a_client});
        return *this;
    }

    // In which it may have ended; none: no order explains it.
    Lives lives() {
        Lives all;
        for (const auto& end : Explainer<Compute>(happenings(history_, wrong_), drift).explain({begin_}).ends)
            all.insert(end.life);
        return all;
    }
    bool is_possible() { return !lives().empty() && wrong_.empty(); }
    const std::vector<std::string>& wrong() const { return wrong_; }

private:
    Story& add(Asked asked) {
        asked.sent = ++clock_;
        asked.answered = ++clock_;
        history_.asked.push_back(std::move(asked));
        return *this;
    }

    Compute begin_;
    History history_;
    std::vector<std::string> wrong_;
    std::int64_t clock_ = 0;
};

struct Case {
    const char* what;
    Story (*story)();
};
std::ostream& operator<<(std::ostream& out, const Case& one) { return out << one.what; }

const std::vector<Case> possible = {
    {"one after the other",
     [] {
         return Story()
             .does(Act::suspend, 1)
             .sees("SUSPENDED")
             .does(Act::start, 2)
             .does(Act::save, 3)
             .sees("STOPPED");
     }},
    {"at the same time",
     [] {
         return Story()
             .accepts(Act::suspend, 1)
             .accepts(Act::start, 2)
             .sees("SUSPENDED")
             .sees("ACTIVE")
             .ends(1)
             .ends(2);
     }},
    {"of swaps of one size either stays",
     [] {
         return Story()
             .accepts(Act::change_disks, 1, "", {9, 9})
             .ends(1)
             .sees("ACTIVE", "web", {{"vdb", 9}, {"vdc", 9}})
             .accepts(Act::change_disks, 2, "", {8, 9})
             .ends(2)
             .sees("ACTIVE", "web", {{"vdc", 9}, {"vdd", 8}});
     }},
    {"nothing to do", [] { return Story().answers(Act::start, 200); }},
    {"refused because of its state",
     [] {
         return Story(Life::off).answers(
             Act::suspend, 403, "the STATE of compute x cannot be changed from STOPPED to SUSPENDED");
     }},
    {"failed because of its state when its turn came",
     [] {
         return Story(Life::off)
             .does(Act::suspend, 1, "failed", "compute x is off: it cannot suspend now")
             .sees("STOPPED");
     }},
    {"cancelled before it began, or after",
     [] {
         return Story(Life::off)
             .accepts(Act::start, 1)
             .accepts(Act::force_off, 2)
             .ends(1, "cancelled")
             .ends(2)
             .sees("STOPPED");
     }},
    {"made, and what is asked meanwhile waits for that",
     [] {
         return Story(Life::none)
             .accepts(Act::create, 1, "new")
             .accepts(Act::suspend, 2)
             .accepts(Act::rename, 3, "other")
             .answers(Act::create, 412)
             .sees("PENDING", "new")
             .ends(1)
             .sees("ACTIVE", "new")
             .ends(2)
             .ends(3)
             .sees("SUSPENDED", "other");
     }},
    {"not made, and what was asked meanwhile came to nothing",
     [] {
         return Story(Life::none)
             .accepts(Act::create, 1, "new")
             .accepts(Act::suspend, 2)
             .accepts(Act::change_disks, 3, "", {8})
             .ends(1, "failed", "no room")
             .ends(2, "failed", "compute x could not be made: no room")
             .ends(3, "failed", "compute x could not be made: no room")
             .sees("FAILED", "new");
     }},
    {"forced off while it is made",
     [] {
         return Story(Life::none)
             .accepts(Act::create, 1, "new")
             .accepts(Act::rename, 2, "other")
             .accepts(Act::force_off, 3)
             .ends(2, "cancelled")
             .ends(1)
             .ends(3)
             .sees("STOPPED", "new");
     }},
    {"deleted twice at a time",
     [] {
         return Story()
             .accepts(Act::remove, 1)
             .accepts(Act::remove, 2)
             .sees("DONE")
             .ends(1)
             .ends(2)
             .sees_none();
     }},
    {"deleted while it is made",
     [] {
         return Story(Life::none)
             .accepts(Act::create, 1, "x")
             .accepts(Act::remove, 2)
             .ends(1, "cancelled")
             .ends(2)
             .sees_none();
     }},
    {"off a while after the power button was given up",
     [] {
         return Story()
             .does(Act::press_button, 1, "failed", "the guest ignored the power button for 6 s")
             .sees("ACTIVE")
             .sees("STOPPED");
     }},
    {"saved, and seen suspended meanwhile",
     [] { return Story().accepts(Act::save, 1).sees("SUSPENDED").ends(1).sees("STOPPED"); }},
    {"renamed",
     [] {
         return Story()
             .accepts(Act::rename, 1, "db")
             .sees("ACTIVE")
             .sees("ACTIVE", "db")
             .ends(1)
             .sees("ACTIVE", "db");
     }},
    {"given disks, and one taken away",
     [] {
         return Story()
             .accepts(Act::change_disks, 1, "", {8, 9})
             .ends(1)
             .sees("ACTIVE", "web", {{"vdb", 8}, {"vdc", 9}})
             .accepts(Act::change_disks, 2, "", {9})
             .ends(2)
             .sees("ACTIVE", "web", {{"vdc", 9}});
     }},
    {"given a disk while it was saved, when the later one has forced it off",
     [] {
         return Story(Life::saved)
             .accepts(Act::change_disks, 1, "", {8})
             .accepts(Act::start, 2)
             .accepts(Act::force_off, 3)
             .ends(2, "cancelled")
             .ends(1)
             .ends(3)
             .sees("STOPPED", "web", {{"vdb", 8}});
     }},
    {"cancelled, and the guest has kept the disk that it was being given",
     [] {
         return Story()
             .accepts(Act::change_disks, 1, "", {8})
             .accepts(Act::force_off, 2)
             .ends(1, "cancelled")
             .ends(2)
             .sees("STOPPED", "web", {{"vdb", 8}});
     }},
    {"seen with one of the disks that it is being given",
     [] {
         return Story().accepts(Act::change_disks, 1, "", {8, 9}).sees("ACTIVE", "web", {{"vdb", 8}}).ends(1);
     }},
    {"cancelled before its turn, while the one before it takes its time",
     [] {
         return Story()
             .accepts(Act::force_off, 1)
             .accepts(Act::rename, 2, "db")
             .accepts(Act::force_off, 3)
             .ends(2, "cancelled")
             .sees("ACTIVE")
             .ends(1)
             .ends(3)
             .sees("STOPPED");
     }},
    {"accepted a moment before the deletion, and behind it in the order",
     [] {
         return Story()
             .accepts(Act::suspend, 2)
             .accepts(Act::change_disks, 3, "", {8})
             .accepts(Act::remove, 1)
             .ends(1)
             .ends(2, "failed", "there is no compute x")
             .ends(3, "failed", "attach a disk: there is no compute x")
             .sees_none();
     }},
    {"two disks for one place",
     [] {
         return Story()
             .accepts(Act::change_disks, 1, "", {8})
             .accepts(Act::change_disks, 2, "", {9})
             .ends(1)
             .ends(2, "failed", "target vdb is taken")
             .sees("ACTIVE", "web", {{"vdb", 8}});
     }},
    {"no answer, and it was done all the same",
     [] { return Story().answers(Act::suspend, 0).finds(Act::suspend, 1, true).sees("SUSPENDED"); }},
    {"no answer, and it was never heard", [] { return Story().answers(Act::suspend, 0).sees("ACTIVE"); }},
    {"what a killed agent left half-made, removed by the next one",
     [] { return Story(Life::none).answers(Act::create, 0).finds(Act::remove, 1, false).sees_none(); }},
    {"the same, which is in the way meanwhile",
     [] {
         return Story(Life::none)
             .answers(Act::create, 0, "", "x")
             .answers(Act::create, 412)
             .sees("PENDING", "x")
             .finds(Act::remove, 1, false)
             .sees_none();
     }},
};

const std::vector<Case> impossible = {
    {"a change is lost", [] { return Story().does(Act::suspend, 1).sees("ACTIVE"); }},
    {"a change comes and goes",
     [] { return Story().accepts(Act::suspend, 1).sees("SUSPENDED").sees("ACTIVE").ends(1); }},
    {"done in a state that does not admit it", [] { return Story(Life::off).does(Act::suspend, 1); }},
    {"refused in a state that admits it",
     [] { return Story().answers(Act::suspend, 409, "compute x is off: it cannot suspend now"); }},
    {"refused for a state that it is not in",
     [] {
         return Story().answers(Act::suspend, 403,
                                "the STATE of compute x cannot be changed from STOPPED to SUSPENDED");
     }},
    {"nothing to do, although there was", [] { return Story(Life::off).answers(Act::start, 200); }},
    {"failed without a reason in its state",
     [] { return Story().does(Act::suspend, 1, "failed", "no luck"); }},
    {"runs after it was forced off by the later one",
     [] {
         return Story(Life::off)
             .accepts(Act::start, 1)
             .accepts(Act::force_off, 2)
             .ends(2)
             .ends(1)
             .sees("ACTIVE");
     }},
    {"done in the other order than they were asked for one after the other",
     [] { return Story().does(Act::suspend, 2).does(Act::start, 1); }},
    {"a cancelled one has its effect after what cancelled it",
     [] {
         return Story(Life::off)
             .accepts(Act::start, 1)
             .accepts(Act::force_off, 2)
             .ends(2)
             .ends(1, "cancelled")
             .sees("ACTIVE");
     }},
    {"accepted after the deletion",
     [] {
         return Story()
             .accepts(Act::remove, 1)
             .ends(1)
             .accepts(Act::suspend, 2)
             .ends(2, "failed", "there is no compute x");
     }},
    {"not there any more, although nobody deleted it",
     [] { return Story().does(Act::suspend, 1, "failed", "there is no compute x"); }},
    {"made twice",
     [] {
         return Story(Life::none).accepts(Act::create, 1, "a").accepts(Act::create, 2, "b").ends(1).ends(2);
     }},
    {"not made because it is there, when it is not",
     [] { return Story(Life::none).answers(Act::create, 412); }},
    {"not made because of one that was never heard",
     [] { return Story(Life::none).answers(Act::create, 0, "", "x").answers(Act::create, 412).sees_none(); }},
    {"half-made, and still there after the next run has cleared it up",
     [] {
         return Story(Life::none)
             .answers(Act::create, 0, "", "x")
             .finds(Act::remove, 1, false)
             .sees("PENDING", "x");
     }},
    {"seen before it was asked for",
     [] { return Story(Life::none).sees("PENDING", "x").does(Act::create, 1); }},
    {"there after it was deleted", [] { return Story().does(Act::remove, 1).sees("ACTIVE"); }},
    {"not there although nobody deleted it", [] { return Story().sees_none(); }},
    {"under a name that was changed",
     [] { return Story().accepts(Act::rename, 1, "db").ends(1).sees("ACTIVE", "web"); }},
    {"without a disk that it was given",
     [] { return Story().accepts(Act::change_disks, 1, "", {8}).ends(1).sees("ACTIVE"); }},
    {"no place for a disk, although nothing else was under way",
     [] { return Story().does(Act::change_disks, 1, "failed", "target vdb is taken"); }},
    {"disks changed while its memory is saved",
     [] { return Story(Life::saved).accepts(Act::change_disks, 1, "", {8}).ends(1); }},
    {"given a disk while it was saved, although one has had its turn before it was forced off",
     [] {
         return Story(Life::saved)
             .accepts(Act::change_disks, 1, "", {8})
             .accepts(Act::rename, 2, "db")
             .accepts(Act::force_off, 3)
             .ends(1)
             .ends(2)
             .ends(3);
     }},
    {"cancelled while it is off, and with a disk all the same",
     [] {
         return Story(Life::off)
             .accepts(Act::change_disks, 1, "", {8})
             .accepts(Act::force_off, 2)
             .ends(1, "cancelled")
             .ends(2)
             .sees("STOPPED", "web", {{"vdb", 8}});
     }},
    {"off by itself", [] { return Story().sees("STOPPED"); }},
};

// Wrong in any order.
const std::vector<Case> nonsense = {
    {"accepted and not there", [] { return Story().accepts(Act::suspend, 1); }},
    {"an answer that is none", [] { return Story().answers(Act::suspend, 500, "an internal error"); }},
    {"cancelled by nobody", [] { return Story().does(Act::suspend, 1, "cancelled"); }},
    {"cancelled by an earlier one",
     [] { return Story().accepts(Act::force_off, 1).accepts(Act::start, 2).ends(1).ends(2, "cancelled"); }},
    {"nobody asked for it", [] { return Story().finds(Act::suspend, 1, true); }},
    {"the agent did it by itself", [] { return Story().finds(Act::suspend, 1, false); }},
};

} // namespace

BOOST_AUTO_TEST_SUITE(machine_history)

BOOST_DATA_TEST_CASE(takes_what_may_happen, data::make(possible), one) {
    auto story = one.story();
    BOOST_TEST(story.is_possible());
    for (const auto& each : story.wrong()) BOOST_TEST_MESSAGE(each);
}

BOOST_DATA_TEST_CASE(rejects_what_no_order_explains, data::make(impossible), one) {
    auto story = one.story();
    BOOST_TEST(story.lives().empty());
    BOOST_TEST(story.wrong().empty()); // it is for no simpler reason
}

BOOST_DATA_TEST_CASE(rejects_what_is_wrong_in_any_order, data::make(nonsense), one) {
    auto story = one.story();
    BOOST_TEST(!story.is_possible());
    BOOST_TEST(!story.wrong().empty());
}

BOOST_AUTO_TEST_CASE(does_not_say_more_than_is_known) {
    BOOST_TEST((Story(Life::off).accepts(Act::start, 1).accepts(Act::suspend, 2).ends(1).ends(2).lives() ==
                Lives{Life::paused}));
    auto pressed = Story().does(Act::press_button, 1, "failed", "the guest ignored the power button for 6 s");
    BOOST_TEST((pressed.lives() == Lives{Life::running, Life::off}));
}

BOOST_AUTO_TEST_CASE(has_disks_that_a_look_tells_but_not_while_it_may_still_let_one_go) {
    Compute compute;
    compute.life = Life::running;
    compute.disks.reset();
    const Asked::Shown shown{"ACTIVE", "web", {{"vdb", 8}}};
    BOOST_TEST((learned(compute, shown).disks == shown.swaps));
    compute.lets_go = true;
    BOOST_TEST(!learned(compute, shown).disks);
}

BOOST_AUTO_TEST_SUITE_END()
