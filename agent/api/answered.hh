#pragma once
// Calls a handler and makes an answer of what it throws; the same for the part of an answer that comes later.
//
// Threads: any.

#include "agent/api/faults.hh"
#include "agent/api/negotiation.hh"
#include "agent/base/error.hh"
#include "agent/base/log.hh"
#include "agent/base/text.hh"

#include <exception>
#include <string>

namespace api {

// What an error says of the request; outlives it.
struct Asked {
    std::string method, path, id;
    const render::Media* media; // of what goes wrong

    explicit Asked(const http::Head& head)
        : method(head.method_text), path(head.path), id(head.id), media(&media_of_errors(head)) {}
    std::string text() const {
        return text::printable(method) + " " + text::printable(path);
    } // "GET /compute"
};

template <class F> http::Response answered(const Asked& asked, F&& work) {
    http::Response answer;
    try {
        answer = work();
    } catch (const Error& failure) {
        if (failure.fault() == Fault::internal) logging::error("{}: {}", asked.text(), failure.what());
        answer = error_answer(failure.fault(), failure.what(), *asked.media);
    } catch (const NotAcceptable& failure) {
        answer = error_answer(406, failure.what(), *asked.media);
    } catch (const std::exception& failure) {
        logging::error("{}: {}", asked.text(), failure.what());
        answer = error_answer(500, "an internal error; the log of the agent has it under " + asked.id,
                              *asked.media);
    }
    if (answer.later && !answer.later->piecewise)
        answer.later->go_on = [asked, go_on = std::move(answer.later->go_on)] {
            return answered(asked, go_on);
        };
    else if (!http::find(answer.headers, "Vary"))
        answer.headers.emplace_back("Vary", what_answers_vary_by);
    return answer;
}

} // namespace api
