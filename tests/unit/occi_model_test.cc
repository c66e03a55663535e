#define BOOST_TEST_DYN_LINK
#include "agent/base/error.hh"
#include "agent/occi/model.hh"
#include "agent/occi/names.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <array>
#include <ostream>
#include <set>

namespace data = boost::unit_test::data;
namespace name = occi::name;

namespace {

constexpr std::uint64_t gibibyte = 1 << 30;
const std::vector<occi::Model::Template> templates{
    {"small", 1, gibibyte}, {"Half", 2, gibibyte / 2}, {"custom", 1, gibibyte}};

const occi::Model& model() {
    static const occi::Model all(templates);
    return all;
}

const occi::AttributeSpec* spec_in(const occi::Category& category, std::string_view attribute) {
    const auto found = std::ranges::find(category.attributes, attribute, &occi::AttributeSpec::name);
    return found == category.attributes.end() ? nullptr : &*found;
}

occi::Entity entity(const occi::Kind* kind, occi::Attributes attributes = {},
                    std::vector<occi::MixinRef> mixins = {}) {
    occi::Entity made;
    made.kind = kind;
    made.mixins = std::move(mixins);
    made.attributes = std::move(attributes);
    return made;
}

// "" when it is valid.
std::string complaint_about(const occi::Entity& one) {
    try {
        model().validate(one);
        return "";
    } catch (const Error& error) {
        return (error.fault() == Fault::forbidden ? "forbidden: "
                : error.fault() == Fault::invalid ? "invalid: "
                                                  : "other: ") +
               std::string(error.what());
    }
}

} // namespace

BOOST_AUTO_TEST_SUITE(occi_model)

// ---- lookup --------------------------------------------------------------------------------------------------------

struct KindCase {
    const char *scheme, *term, *parent, *location;
};
std::ostream& operator<<(std::ostream& out, const KindCase& one) { return out << one.term; }
const std::array kinds{
    KindCase{occi::scheme::core, "entity", "", ""},
    KindCase{occi::scheme::core, "resource", "entity", ""},
    KindCase{occi::scheme::core, "link", "entity", ""},
    KindCase{occi::scheme::infrastructure, "compute", "resource", "/compute/"},
    KindCase{occi::scheme::infrastructure, "network", "resource", "/network/"},
    KindCase{occi::scheme::infrastructure, "storage", "resource", "/storage/"},
    KindCase{occi::scheme::infrastructure, "networkinterface", "link", "/networkinterface/"},
    KindCase{occi::scheme::infrastructure, "storagelink", "link", "/storagelink/"},
};

BOOST_DATA_TEST_CASE(has_the_kinds_of_the_standard, data::make(kinds), expected) {
    const auto* kind = model().kind({expected.scheme, expected.term});
    BOOST_REQUIRE(kind);
    BOOST_TEST((kind->parent ? kind->parent->id.term : "") == expected.parent);
    BOOST_TEST(kind->location == expected.location);
    BOOST_TEST((model().kind_at(expected.location) == (kind->location.empty() ? nullptr : kind)));
}

BOOST_AUTO_TEST_CASE(has_no_other_kinds) { BOOST_TEST(model().kinds().size() == kinds.size()); }

BOOST_AUTO_TEST_CASE(finds_nothing_by_term_or_scheme_alone) {
    BOOST_TEST(!model().kind({occi::scheme::core, "compute"}));
    BOOST_TEST(!model().mixin({occi::scheme::infrastructure, "compute"}));
    BOOST_TEST(!model().action({occi::scheme::compute_action, "online"}));
    BOOST_TEST(!model().kind_at("/compute"));
}

BOOST_AUTO_TEST_CASE(resolves_every_well_known_name) {
    const auto& known = model().known();
    for (const auto* kind :
         {known.compute, known.network, known.storage, known.networkinterface, known.storagelink})
        BOOST_TEST(kind);
    for (const auto* mixin : {known.resource_tpl, known.ipnetwork, known.ipnetworkinterface,
                              known.ephemeral_disk, known.network_bridge, known.ssh_key, known.user_data,
                              known.openstack_ssh_key, known.openstack_user_data})
        BOOST_TEST(mixin);
    for (const auto* action : {known.start, known.stop, known.restart, known.suspend}) BOOST_TEST(action);
}

BOOST_AUTO_TEST_CASE(finds_a_mixin_by_its_location) {
    BOOST_TEST((model().mixin_at("/mixin/ipnetwork/") == model().known().ipnetwork));
    BOOST_TEST(!model().mixin_at("/mixin/ipnetwork"));
    BOOST_TEST(!model().mixin_at(""));
}

BOOST_AUTO_TEST_CASE(finds_every_category_by_its_id_and_every_id_once) {
    std::set<std::string> ids, locations;
    for (const auto* kind : model().kinds()) {
        BOOST_TEST((model().kind(kind->id) == kind));
        BOOST_TEST(ids.insert(kind->id.text()).second, kind->id.text());
        if (!kind->location.empty()) BOOST_TEST(locations.insert(kind->location).second, kind->location);
    }
    for (const auto& mixin : model().mixins()) {
        BOOST_TEST((model().mixin(mixin->id) == mixin));
        BOOST_TEST(ids.insert(mixin->id.text()).second, mixin->id.text());
        BOOST_TEST(locations.insert(mixin->location).second, mixin->location);
    }
}

BOOST_AUTO_TEST_CASE(offers_on_a_compute_what_can_be_done_with_it) {
    std::vector<std::string> terms;
    for (const auto* action : model().known().compute->actions) terms.push_back(action->id.term);
    BOOST_TEST(terms == (std::vector<std::string>{"start", "stop", "restart", "suspend", "save"}),
               boost::test_tools::per_element());
}

struct MethodCase {
    const char *action, *fallback;
    std::vector<std::string> methods;
};
std::ostream& operator<<(std::ostream& out, const MethodCase& one) { return out << one.action; }
const std::array methods{
    MethodCase{"start", "warm", {"warm", "cold"}},
    MethodCase{"stop", "graceful", {"graceful", "acpioff", "poweroff"}},
    MethodCase{"restart", "graceful", {"graceful", "warm", "cold"}},
    MethodCase{"suspend", "suspend", {"hibernate", "suspend"}},
    MethodCase{"save", "hot", {"hot", "deferred"}},
};
BOOST_DATA_TEST_CASE(says_which_methods_an_action_has, data::make(methods), expected) {
    const auto* action = model().action({occi::scheme::compute_action, expected.action});
    BOOST_REQUIRE(action);
    const auto* method = spec_in(*action, name::method);
    BOOST_REQUIRE(method);
    BOOST_TEST(method->choices == expected.methods, boost::test_tools::per_element());
    BOOST_TEST(!method->required);
    BOOST_REQUIRE(method->fallback);
    BOOST_TEST(std::get<std::string>(*method->fallback) == expected.fallback);
}

// ---- templates -----------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(makes_one_template_per_instance_type_in_their_order) {
    std::vector<std::string> terms;
    for (const auto* one : model().resource_templates()) terms.push_back(one->id.term);
    BOOST_TEST(terms == (std::vector<std::string>{"small", "half", "custom"}),
               boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(says_the_sizes_of_a_template_as_defaults) {
    const auto* half = model().resource_template("half");
    BOOST_REQUIRE(half);
    BOOST_TEST(std::get<std::int64_t>(*spec_in(*half, name::cores)->fallback) == 2);
    BOOST_TEST(std::get<double>(*spec_in(*half, name::memory)->fallback) == 0.5);
    BOOST_TEST((half->depends == std::vector{model().known().resource_tpl}));
    BOOST_TEST((half->applies == std::vector{model().known().compute}));
}

BOOST_AUTO_TEST_CASE(leaves_only_the_sizes_of_custom_open) {
    for (const auto* one : model().resource_templates())
        for (const auto& spec : one->attributes) BOOST_TEST(spec.fixed == (one->id.term != "custom"));
}

BOOST_AUTO_TEST_CASE(finds_a_template_by_its_name_in_any_case) {
    BOOST_TEST((model().resource_template("HALF") == model().resource_template("half")));
    BOOST_TEST(!model().resource_template("huge"));
    BOOST_TEST(!model().resource_template(""));
}

BOOST_AUTO_TEST_CASE(refuses_two_templates_of_one_name) {
    BOOST_CHECK_THROW(occi::Model({{"a", 1, gibibyte}, {"A", 2, gibibyte}}), Error);
}

// GFD.222: the values are the profile's, to the last one.
BOOST_AUTO_TEST_CASE(knows_the_templates_of_the_profile_by_their_values) {
    const std::vector<occi::Model::Template> shipped{{"small", 1, gibibyte, 10 * gibibyte},
                                                     {"Medium", 2, 2 * gibibyte, 20 * gibibyte},
                                                     {"large", 4, 4 * gibibyte, 40 * gibibyte},
                                                     {"custom", 1, gibibyte, 0}};
    const occi::Model whole(shipped);
    BOOST_TEST(whole.meets_template_profile());
    const auto* medium = whole.mixin({occi::scheme::compute_template, "medium"});
    BOOST_REQUIRE(medium);
    BOOST_TEST((whole.resource_template("medium") == medium));
    BOOST_TEST(medium->title == "A medium Compute instance");
    BOOST_TEST(medium->location == "/instance_type/medium/");
    BOOST_TEST(std::get<double>(*spec_in(*medium, name::ephemeral_size)->fallback) == 20.0);
    BOOST_TEST(std::get<std::string>(*spec_in(*medium, name::ephemeral_device)->fallback) == "/dev/vda");
    BOOST_TEST(!spec_in(*whole.resource_template("custom"), name::ephemeral_size));

    for (std::size_t changed = 0; changed < 3; ++changed)
        for (const auto change : {&occi::Model::Template::memory, &occi::Model::Template::disk}) {
            auto other = shipped;
            other[changed].*change /= 2;
            const occi::Model model(other);
            BOOST_TEST(!model.meets_template_profile());
            BOOST_TEST(model.resource_template(other[changed].name)->id.scheme ==
                       occi::scheme::instance_type);
        }
    BOOST_TEST(!model().meets_template_profile());
}

BOOST_AUTO_TEST_CASE(needs_no_templates) { BOOST_TEST(occi::Model().resource_templates().empty()); }

// ---- values --------------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(takes_a_whole_number_for_a_number_and_not_the_other_way) {
    const auto one =
        entity(nullptr, {{"whole", std::int64_t{2}}, {"number", 1.5}, {"word", std::string("2")}});
    BOOST_TEST(one.number("whole").value() == 2.0);
    BOOST_TEST(one.number("number").value() == 1.5);
    BOOST_TEST(one.integer("whole").value() == 2);
    BOOST_TEST(!one.integer("number"));
    BOOST_TEST(!one.number("word"));
    BOOST_TEST(one.string("word").value() == "2");
    BOOST_TEST(!one.string("whole"));
    BOOST_TEST(!one.string("absent"));
}

BOOST_AUTO_TEST_CASE(knows_which_mixins_an_entity_has) {
    const auto& known = model().known();
    const auto one = entity(known.storagelink, {}, {known.ephemeral_disk});
    BOOST_TEST(one.has(*known.ephemeral_disk));
    BOOST_TEST(!one.has(*known.ipnetwork));
}

// ---- validation ----------------------------------------------------------------------------------------------------

struct Claim {
    const char *what, *complaint;
    occi::Entity (*made)();
};
std::ostream& operator<<(std::ostream& out, const Claim& one) { return out << one.what; }

const std::array claims{
    Claim{"an empty compute", "", [] { return entity(model().known().compute); }},
    Claim{"inherited attributes", "",
          [] {
              return entity(model().known().compute, {{name::title, std::string("t")}});
          }},
    Claim{"a whole number where a number is asked for", "",
          [] {
              return entity(model().known().compute, {{name::memory, std::int64_t{1}}});
          }},
    Claim{"a choice", "",
          [] {
              return entity(model().known().network, {{name::network_mode, std::string("nat")}},
                            {model().known().network_bridge});
          }},
    Claim{"attributes of a mixin", "",
          [] {
              return entity(model().known().network, {{name::network_address, std::string("10.0.0.0/24")}},
                            {model().known().ipnetwork});
          }},
    Claim{"a size beside a template, which overrides it", "",
          [] {
              return entity(model().known().compute, {{name::cores, std::int64_t{9}}},
                            {model().resource_template("small")});
          }},
    Claim{"a link without what its source and target say", "",
          [] { return entity(model().known().storagelink); }},
    Claim{"no kind", "invalid: the entity has no kind", [] { return entity(nullptr); }},
    Claim{"an unknown attribute", "invalid: a compute has no attribute occi.compute.colour",
          [] {
              return entity(model().known().compute, {{"occi.compute.colour", std::string("red")}});
          }},
    Claim{"a control character in an unknown name", "invalid: a compute has no attribute a\\x0ab",
          [] {
              return entity(model().known().compute, {{"a\nb", true}});
          }},
    Claim{"an attribute of another kind", "invalid: a compute has no attribute occi.storage.size",
          [] {
              return entity(model().known().compute, {{name::storage_size, 1.0}});
          }},
    Claim{"an attribute of a mixin that it lacks", "invalid: a network has no attribute occi.network.address",
          [] {
              return entity(model().known().network, {{name::network_address, std::string("10.0.0.0/24")}});
          }},
    Claim{"a word for a whole number", "invalid: occi.compute.cores must be a whole number",
          [] {
              return entity(model().known().compute, {{name::cores, std::string("2")}});
          }},
    Claim{"a fraction for a whole number", "invalid: occi.compute.cores must be a whole number",
          [] {
              return entity(model().known().compute, {{name::cores, 2.0}});
          }},
    Claim{"a truth for a number", "invalid: occi.compute.memory must be a number",
          [] {
              return entity(model().known().compute, {{name::memory, true}});
          }},
    Claim{"a number for a word", "invalid: occi.core.title must be a string",
          [] {
              return entity(model().known().compute, {{name::title, std::int64_t{1}}});
          }},
    Claim{"none of the choices",
          "invalid: occi_agent.network.mode is \"open\", which is none of isolated, nat, bridge",
          [] {
              return entity(model().known().network, {{name::network_mode, std::string("open")}},
                            {model().known().network_bridge});
          }},
    Claim{"a missing attribute of a mixin", "invalid: a storagelink needs occi_agent.disk.size",
          [] {
              return entity(model().known().storagelink, {{name::disk_content, std::string("swap")}},
                            {model().known().ephemeral_disk});
          }},
    Claim{"an attribute of the server", "forbidden: occi.compute.state cannot be set by a client",
          [] {
              return entity(model().known().compute, {{name::compute_state, std::string("active")}});
          }},
    Claim{"an owner", "forbidden: occi_agent.owner cannot be set by a client",
          [] {
              return entity(model().known().storage, {{name::owner, std::string("root")}});
          }},
    Claim{"a mixin of another kind",
          "forbidden: mixin http://schemas.ogf.org/occi/infrastructure/network#ipnetwork does not apply to a "
          "compute",
          [] { return entity(model().known().compute, {}, {model().known().ipnetwork}); }},
};

BOOST_DATA_TEST_CASE(judges, data::make(claims), one) {
    BOOST_TEST(complaint_about(one.made()) == one.complaint);
}

BOOST_AUTO_TEST_CASE(takes_the_attributes_of_a_mixin_that_a_mixin_depends_on) {
    occi::Mixin ours;
    ours.depends.push_back(model().known().ipnetwork);
    const auto one =
        entity(model().known().network, {{name::network_address, std::string("10.0.0.0/24")}}, {&ours});
    BOOST_TEST(complaint_about(one) == "");
}

BOOST_AUTO_TEST_CASE(is_not_caught_in_mixins_that_depend_on_each_other) {
    occi::Mixin one, other;
    one.depends.push_back(&other);
    other.depends.push_back(&one);
    BOOST_TEST(complaint_about(entity(model().known().compute, {}, {&one})) == "");
}

BOOST_AUTO_TEST_SUITE_END()
