#include "agent/render/json_document.hh"

#include "agent/base/error.hh"
#include "agent/base/text.hh"

#include <algorithm>
#include <set>
#include <vector>

namespace render {
namespace {

using Json = nlohmann::json;

constexpr std::size_t deepest = 12; // a link within a resource within a collection, its attributes in pieces
constexpr std::size_t most_values = 50'000, most_members = 1000; // of a document, of an object
constexpr std::size_t longest_name = 255;
constexpr std::size_t most_attributes = 1000;

[[noreturn]] void refuse_more_than(std::size_t most, std::string_view what) {
    throw Error(Fault::too_large, "there are more than " + std::to_string(most) + " " + std::string(what));
}

// Goes over a document before anything of it is kept, and refuses what nobody needs. (A callback of the parser itself
// would do so, too, but costs the square of the length of a list.)
class Watch : public nlohmann::json_sax<Json> {
public:
    explicit Watch(std::string_view body) : body_(body) {}
    bool null() override { return count(); }
    bool boolean(bool) override { return count(); }
    bool number_integer(number_integer_t) override { return count(); }
    bool number_unsigned(number_unsigned_t) override { return count(); }
    bool number_float(number_float_t, const string_t&) override { return count(); }
    bool string(string_t&) override { return count(); }
    bool binary(binary_t&) override { return count(); }
    bool start_array(std::size_t) override { return open(); }
    bool end_array() override { return close(); }
    bool start_object(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool key(string_t& name) override {
        if (name.size() > longest_name)
            throw Error(Fault::invalid, "\"" + text::printable(name) + "\" is too long for a name");
        auto& names = names_.back();
        if (names.size() == most_members) refuse_more_than(most_members, "members in one object");
        if (!names.insert(name).second)
            throw Error(Fault::invalid, "\"" + text::printable(name) + "\" is there twice");
        return true;
    }
    // `position`: of the last byte that was read, counted from 1; beyond the body when that has ended too early.
    bool parse_error(std::size_t position, const std::string&, const Json::exception& fault) override {
        constexpr int number_out_of_range = 406;
        const auto refuse = [](const std::string& why) {
            throw Error(Fault::invalid, "the document is no JSON that can be read: " + why);
        };
        if (position > body_.size())
            refuse("it ends at " + place_of(body_.size()) + ", before all that was begun is closed");
        if (fault.id == number_out_of_range)
            refuse("the number that ends at " + place_of(position) + " is too large");
        refuse("\"" + text::printable(body_.substr(position - 1, 1)) + "\" at " + place_of(position) +
               " cannot stand there");
        return false;
    }

private:
    // Of the last of so many bytes: "line 2, column 7".
    std::string place_of(std::size_t bytes) const {
        const auto before = body_.substr(0, bytes);
        const auto lines = 1 + std::ranges::count(before, '\n');
        const auto line_begins = before.rfind('\n') + 1; // npos + 1 is 0
        return "line " + std::to_string(lines) + ", column " + std::to_string(bytes - line_begins);
    }
    bool count() {
        if (++values_ > most_values) refuse_more_than(most_values, "values in the document");
        return true;
    }
    bool open() {
        if (names_.size() == deepest) throw Error(Fault::invalid, "the document is nested too deeply");
        names_.emplace_back();
        return count();
    }
    bool close() {
        names_.pop_back();
        return true;
    }

    const std::string_view body_;
    std::size_t values_ = 0;
    std::vector<std::set<std::string>> names_; // of what is open, none of a list
};

void flatten(occi::Attributes& all, const std::string& name, const Json& value) {
    if (all.size() == most_attributes) refuse_more_than(most_attributes, "attributes");
    const auto put = [&](occi::Value held) {
        if (!all.emplace(name, std::move(held)).second)
            throw Error(Fault::invalid, text::printable(name) + " is given twice");
    };
    if (value.is_string())
        put(value.get<std::string>());
    else if (value.is_boolean())
        put(value.get<bool>());
    else if (value.is_number_unsigned() && value.get<std::uint64_t>() > INT64_MAX)
        put(value.get<double>());
    else if (value.is_number_integer())
        put(value.get<std::int64_t>());
    else if (value.is_number())
        put(value.get<double>());
    else if (value.is_object())
        for (const auto& [piece, inner] : value.items()) flatten(all, name + "." + piece, inner);
    else
        throw Error(Fault::invalid, text::printable(name) + " is neither text nor a number nor a truth");
}

} // namespace

Json parse_json(std::string_view body) {
    Watch watch(body);
    Json::sax_parse(body, &watch);
    return Json::parse(body);
}

std::string text_in(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return {};
    if (!found->is_string()) throw Error(Fault::invalid, "\"" + std::string(name) + "\" must be a string");
    return found->get<std::string>();
}

occi::Attributes attributes_in(const Json& object) {
    occi::Attributes all;
    const auto given = object.find("attributes");
    if (given == object.end()) return all;
    if (!given->is_object()) throw Error(Fault::invalid, "\"attributes\" is no object");
    for (const auto& [name, value] : given->items()) {
        // What is in pieces is in pieces from its first on.
        if (value.is_object() && name.find('.') != name.npos)
            throw Error(Fault::invalid, text::printable(name) + " is neither text nor a number nor a truth");
        flatten(all, name, value);
    }
    return all;
}

} // namespace render
