#include "tests/wire/player.hh"

#include "agent/base/text.hh"
#include "tests/wire/conversation.hh"

#include <map>
#include <vector>

namespace wire {
namespace {

using Kind = Step::Kind;
using Connect = std::function<std::unique_ptr<Stream>()>;

constexpr std::size_t shown = 1000; // bytes of a body, in a complaint
constexpr auto last_request = "GET /what-comes-last HTTP/1.1\r\nHost: localhost\r\n\r\n";
constexpr auto last_path = "/what-comes-last";

class Player {
public:
    explicit Player(const Connect& connect) : connect_(connect) {}

    void play(const std::vector<Step>& steps) {
        for (std::size_t at = 0; at < steps.size(); ++at) {
            const auto& step = steps[at];
            const bool headers_only = at + 1 < steps.size() && steps[at + 1].kind == Kind::headers_only;
            line_ = step.line;
            if (step.kind == Kind::on)
                group_ = connections(step.text, step.count);
            else if (group_.empty())
                group_ = connections("", 1);
            for (auto* connection : group_) play(step, headers_only, *connection);
        }
    }

    std::size_t line() const noexcept { return line_; }

private:
    // The connections of that name, made when it is named first.
    std::vector<Conversation*> connections(const std::string& name, std::size_t count) {
        auto& owned = all_[name];
        while (owned.size() < count) owned.push_back(std::make_unique<Conversation>(connect_()));
        std::vector<Conversation*> group;
        for (const auto& each : owned) group.push_back(each.get());
        return group;
    }

    static void play(const Step& step, bool headers_only, Conversation& connection) {
        switch (step.kind) {
        case Kind::on:
        case Kind::headers_only: return;
        case Kind::send: return connection.send(step.text, step.count);
        case Kind::end_sending: return connection.end_sending();
        case Kind::answer:
            for (std::size_t i = 0; i < step.count; ++i)
                check_first_line(connection.next_answer(headers_only), step.text);
            return;
        case Kind::header: return check_header(connection.last_answer(), step);
        case Kind::no_header:
            if (!connection.last_answer().all(step.text).empty())
                throw Complaint("the answer has the header " + step.text);
            return;
        case Kind::body:
        case Kind::body_has:
        case Kind::body_has_not: return check_body(connection.last_answer(), step);
        case Kind::open: return check_open(connection);
        case Kind::closed: return check_closed(connection, true);
        case Kind::ended: return check_closed(connection, false);
        }
    }

    static void check_first_line(const RawAnswer& answer, const std::string& expected) {
        if (answer.first_line != expected)
            throw Complaint("the answer is \"" + answer.first_line + "\", not \"" + expected +
                            "\": " + text::printable(answer.body, shown));
    }

    static void check_header(const RawAnswer& answer, const Step& step) {
        const auto values = answer.all(step.text);
        if (values.size() != 1)
            throw Complaint("the answer has " + std::to_string(values.size()) + " headers " + step.text);
        if (step.value != "*" && values.front() != step.value)
            throw Complaint(step.text + " is \"" + values.front() + '"');
    }

    static void check_body(const RawAnswer& answer, const Step& step) {
        const bool there = answer.body.find(step.text) != std::string::npos;
        const bool good = step.kind == Kind::body       ? answer.body == step.text
                          : step.kind == Kind::body_has ? there
                                                        : !there;
        if (!good) throw Complaint("the body is \"" + text::printable(answer.body, shown) + '"');
    }

    // An answer too many, to something that was no request, would come before that of ours.
    static void check_open(Conversation& connection) {
        connection.send(last_request);
        const auto& answer = connection.next_answer(false);
        if (!answer.first_line.starts_with("HTTP/1.1 404 ") ||
            answer.body.find(last_path) == std::string::npos)
            throw Complaint("one more request is answered with \"" + answer.first_line +
                            "\": " + text::printable(answer.body, shown));
    }

    static void check_closed(Conversation& connection, bool said) {
        if (const auto rest = connection.rest(); !rest.empty())
            throw Complaint("before the end came \"" + text::printable(rest, shown) + '"');
        if (!said) return;
        const auto words = connection.last_answer().all("Connection");
        if (words.size() != 1 || words.front() != "close")
            throw Complaint("the last answer did not say that the connection ends");
    }

    const Connect& connect_;
    std::map<std::string, std::vector<std::unique_ptr<Conversation>>> all_;
    std::vector<Conversation*> group_;
    std::size_t line_ = 0;
};

} // namespace

std::optional<std::string> play(const Script& script, const Connect& connect) {
    Player player(connect);
    try {
        player.play(script.steps);
        return std::nullopt;
    } catch (const std::exception& failure) {
        return "line " + std::to_string(player.line()) + ": " + failure.what();
    }
}

} // namespace wire
