// What is written in one rendering of OCCI is read as it was, whatever it is; and so through any two of them.
#define BOOST_TEST_DYN_LINK
#include "agent/occi/names.hh"
#include "agent/render/entity_reader.hh"
#include "agent/render/field_reader.hh"
#include "agent/render/occi_writer.hh"
#include "tests/golden/dump.hh"

#include <boost/test/data/test_case.hpp>
#include <boost/test/unit_test.hpp>

#include <array>
#include <cmath>
#include <random>
#include <string>
#include <vector>

namespace data = boost::unit_test::data;
namespace name = occi::name;
using render::Rendering;

namespace {

constexpr unsigned lives = 300; // entities of each kind

const occi::Model& model() {
    static const occi::Model all({{"small", 1, 1 << 30}});
    return all;
}

// ---- any entity ----------------------------------------------------------------------------------------------------

class Chance {
public:
    explicit Chance(unsigned seed) : engine_(seed) {}

    std::size_t below(std::size_t end) {
        return std::uniform_int_distribution<std::size_t>(0, end - 1)(engine_);
    }
    bool often() { return below(2) == 0; }

    // Of what makes trouble: separators, quotes, escapes, more than one byte.
    std::string text() {
        static const std::array<std::string, 16> pieces{"a",  "B", "7", " ", ",", ";",  "=",          "\"",
                                                        "\\", "<", ">", ":", "ü", "語", "\U0001F600", "\\\""};
        std::string all = "x"; // not empty, and no blank at its ends
        for (auto left = below(12); left > 0; --left) all += pieces.at(below(pieces.size()));
        return all + "x";
    }
    double number() {
        const auto exponent = static_cast<int>(below(60)) - 30;
        return std::ldexp(static_cast<double>(below(1'000'000)) + 0.5, exponent);
    }
    occi::Value value() {
        switch (below(4)) {
        case 0: return text();
        case 1: return static_cast<std::int64_t>(engine_() % 1'000'000'000'000ULL) - 500'000'000'000;
        case 2: return number();
        default: return often();
        }
    }
    std::string uuid() {
        std::string id = "00000000-0000-4000-8000-000000000000";
        for (auto& digit : id)
            if (digit == '0') digit = "0123456789abcdef"[below(16)];
        return id;
    }

private:
    std::mt19937_64 engine_;
};

void fill(occi::Entity& entity, Chance& chance) {
    entity.id = chance.uuid();
    if (chance.often()) entity.attributes[name::title] = chance.text();
    for (auto left = chance.below(6); left > 0; --left)
        entity.attributes["com.example.a" + std::to_string(chance.below(1000))] = chance.value();
}

occi::Link any_link(Chance& chance) {
    const auto& known = model().known();
    occi::Link link;
    fill(link, chance);
    const bool is_disk = chance.often();
    link.kind = is_disk ? known.storagelink : known.networkinterface;
    if (!is_disk && chance.often()) link.mixins.push_back(known.ipnetworkinterface);
    link.source = "/compute/" + chance.uuid();
    link.target = (is_disk ? "/storage/" : "/network/") + chance.uuid();
    link.target_kind = is_disk ? known.storage : known.network;
    return link;
}

occi::Resource any_resource(Chance& chance) {
    const auto& known = model().known();
    occi::Resource resource;
    fill(resource, chance);
    resource.kind = std::array{known.compute, known.network, known.storage}.at(chance.below(3));
    if (chance.often()) resource.attributes[name::summary] = chance.text();
    if (resource.kind != known.compute) return resource;
    if (chance.often()) resource.mixins.push_back(model().resource_template("small"));
    for (auto left = chance.below(4); left > 0; --left) {
        auto& link = resource.links.emplace_back(any_link(chance));
        link.source = "/compute/" + resource.id;
    }
    resource.actions = {known.start};
    return resource;
}

// ---- there and back ------------------------------------------------------------------------------------------------

constexpr std::array renderings{Rendering::text_plain, Rendering::text_occi, Rendering::json};

render::Sent read(Rendering rendering, const render::Written& written) {
    const render::Vocabulary words{model(), {}};
    if (rendering == Rendering::json) return render::read_json_entities(written.body, words).front();
    if (rendering == Rendering::text_plain)
        return render::read_entity(render::read_lines(written.body), words, false);
    render::Fields fields;
    for (const auto& [field, value] : written.headers) fields.push_back({field, value});
    return render::read_entity(fields, words, true);
}

occi::Link to_link(const render::Sent& sent) {
    occi::Link link;
    link.id = sent.id;
    link.kind = sent.kind;
    link.mixins = sent.mixins;
    link.attributes = sent.attributes;
    link.source = sent.source;
    link.target = sent.target;
    link.target_kind = model().kind_at(sent.target.substr(0, sent.target.rfind('/') + 1));
    return link;
}

render::AnyEntity to_entity(const render::Sent& sent) {
    if (!sent.target.empty()) return to_link(sent);
    occi::Resource resource;
    resource.id = sent.id;
    resource.kind = sent.kind;
    resource.mixins = sent.mixins;
    resource.attributes = sent.attributes;
    for (const auto& link : sent.links) resource.links.push_back(to_link(link));
    if (sent.kind == model().known().compute) resource.actions = {model().known().start};
    return resource;
}

// JSON has all that there is.
std::string told(const render::AnyEntity& entity) { return render::write(Rendering::json, entity)->body; }

void check(const render::AnyEntity& entity) {
    for (const auto first : renderings)
        for (const auto second : renderings) {
            const auto once = to_entity(read(first, *render::write(first, entity)));
            const auto twice = to_entity(read(second, *render::write(second, once)));
            BOOST_TEST(told(once) == told(entity));
            BOOST_TEST(told(twice) == told(entity));
        }
}

} // namespace

BOOST_AUTO_TEST_SUITE(occi_round_trip)

BOOST_DATA_TEST_CASE(of_any_resource, data::xrange(lives), seed) {
    Chance chance(seed);
    check(any_resource(chance));
}

BOOST_DATA_TEST_CASE(of_any_link, data::xrange(lives), seed) {
    Chance chance(seed);
    check(any_link(chance));
}

BOOST_AUTO_TEST_SUITE_END()
