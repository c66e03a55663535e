#include "agent/auth/bearer_json.hh"

#include "agent/base/error.hh"

#include <nlohmann/json.hpp>
#include <set>
#include <vector>

namespace auth {
namespace {

using Json = nlohmann::json;

constexpr std::size_t deepest = 8, most_values = 20'000;

// Goes over the text before anything of it is kept.
class Watch : public nlohmann::json_sax<Json> {
public:
    bool null() override { return count(); }
    bool boolean(bool) override { return count(); }
    bool number_integer(number_integer_t) override { return count(); }
    bool number_unsigned(number_unsigned_t) override { return count(); }
    bool number_float(number_float_t, const string_t&) override { return count(); }
    bool string(string_t&) override { return count(); }
    bool binary(binary_t&) override { return false; }
    bool start_array(std::size_t) override { return !names_.empty() && open(); }
    bool end_array() override { return close(); }
    bool start_object(std::size_t) override { return open(); }
    bool end_object() override { return close(); }
    bool key(string_t& name) override { return names_.back().insert(name).second; }
    bool parse_error(std::size_t, const std::string&, const Json::exception&) override { return false; }

private:
    bool count() noexcept { return !names_.empty() && ++values_ <= most_values; }
    bool open() {
        if (names_.size() == deepest) return false;
        names_.emplace_back();
        return ++values_ <= most_values;
    }
    bool close() {
        names_.pop_back();
        return true;
    }

    std::size_t values_ = 0;
    std::vector<std::set<std::string>> names_; // of what is open, none of a list
};

} // namespace

Json bearer_object(std::string_view text) {
    Watch watch;
    if (!Json::sax_parse(text, &watch))
        throw Error(Fault::invalid, "it is no JSON object with each member once");
    return Json::parse(text);
}

std::optional<std::string> bearer_text(const Json& object, const char* name) {
    const auto found = object.find(name);
    if (found == object.end()) return std::nullopt;
    if (!found->is_string()) throw Error(Fault::invalid, "\"" + std::string(name) + "\" is no text");
    return found->get<std::string>();
}

} // namespace auth
