#include "service/rest/export.hpp"

#include "service/domain/utf8.hpp"
#include "service/rest/answers.hpp"
#include "service/rest/parameters.hpp"
#include "service/store/sessions.hpp"

#include <algorithm>

namespace lm::rest {
namespace {

using store::Connection;

constexpr std::size_t mostNamed = 20; // participants or recordings in an answer

/// What the database knows of the meeting; it is looked at off its thread.
struct Meeting {
    bool known = false;
    std::vector<store::Track> tracks = {};
    std::vector<store::Recording> recordings = {};
};

store::Outcome<Meeting> readMeeting(Connection& connection, const std::string& id) {
    auto tracks = store::tracksOfMeeting(connection, id);
    if (!tracks) return tracks.failure();
    const auto session = store::findSession(connection, id);
    if (!session) return session.failure();
    auto recordings = store::recordingsOfMeeting(connection, id);
    if (!recordings) return recordings.failure();
    return Meeting{*session || !tracks->empty(), std::move(*tracks), std::move(*recordings)};
}

std::string listOf(const std::vector<std::string>& names) {
    std::string list;
    for (std::size_t i = 0; i < std::min(names.size(), mostNamed); ++i)
        list += (i > 0 ? ", '" : "'") + domain::printable(names[i].substr(0, 100)) + '\'';
    if (names.size() > mostNamed) list += " and " + std::to_string(names.size() - mostNamed) + " more";
    return list;
}

/// Whose export it is, or why that cannot be said.
std::variant<std::string, http::Response> choose(const std::optional<std::string>& wanted,
                                                 const Meeting& meeting) {
    const auto names = exports::participantsOf(meeting.tracks);
    if (!meeting.known)
        return http::problem(404, "not_found",
                             "There is no meeting of this meetingId; GET /api/sessions lists them.");
    if (names.empty())
        return http::problem(404, "nothing_recorded", "No track of this meeting was recorded.");
    if (!wanted && names.size() == 1) return names.front();
    if (!wanted)
        return invalid({"participant must say which one; there are " + listOf(names) + '.', "participant"});
    if (std::find(names.begin(), names.end(), *wanted) != names.end()) return *wanted;
    return http::problem(404, "unknown_participant",
                         "This participant has no track in the meeting; there is " + listOf(names) + '.',
                         "participant");
}

http::Response answerOf(const exports::Refusal& refusal) {
    using Kind = exports::Refusal::Kind;
    switch (refusal.kind) {
    case Kind::Nothing:
        return http::problem(404, "nothing_recorded", refusal.reason);
    case Kind::TooMuch:
        return http::problem(409, "too_much", refusal.reason);
    case Kind::Busy:
        return std::move(http::problem(503, "no_descriptors", refusal.reason).with("Retry-After", "10"));
    case Kind::Unusable:
        break;
    }
    return http::problem(500, "unreadable", refusal.reason);
}

http::Response answerOf(const exports::Export& made, const std::string& name) {
    http::Response response{200};
    response.type = "video/x-matroska";
    response.with("Content-Disposition", "attachment; filename=\"" + plainName(name) + ".mkv\"")
        .with("Cache-Control", "no-store")
        .with("Accept-Ranges", "none");
    std::string missing;
    for (std::size_t i = 0; i < std::min(made.leftOut.size(), mostNamed); ++i)
        missing += (i > 0 ? ", " : "") + made.leftOut[i].recording;
    if (made.leftOut.size() > mostNamed) missing += ", ...";
    if (!missing.empty()) response.with("X-Left-Out", missing);
    response.source = made.body;
    return response;
}

http::Response busy() {
    return std::move(
        http::problem(503, "too_many_exports", "As many exports as may be are being made; try again.")
            .with("Retry-After", "10"));
}

/// For those who only ask what it would be.
class Unread : public http::BodySource {
    std::uint64_t size() const override { return unknownSize; }
    void read(std::function<void(Piece)> done) override { done(std::nullopt); }
};

/// A request that is not answered yet. Of the main thread alone.
struct Asked {
    std::shared_ptr<exports::Exporter> exporter;
    http::Request request;
    std::optional<std::string> participant;
    exports::Exporter::Place place;
    std::function<void()> end = {}; // once it has begun
    bool abandoned = false;

    const std::string& meeting() const { return request.parameters.at("meetingId"); }
};

/// On the main thread, when the database has answered.
void begin(const std::shared_ptr<Asked>& asked, const Meeting& meeting, const http::Answer& answer) {
    auto chosen = choose(asked->participant, meeting);
    if (auto* refusal = std::get_if<http::Response>(&chosen)) return answer(std::move(*refusal));
    const std::string participant = std::get<std::string>(chosen);
    const std::string name = asked->meeting() + '_' + participant;
    if (asked->request.method == "HEAD") return answer(answerOf({std::make_shared<Unread>(), {}}, name));
    auto plan = exports::planOf(asked->meeting(), participant, meeting.tracks, meeting.recordings);
    asked->end = asked->exporter->start(
        std::move(plan), std::exchange(asked->place, nullptr),
        [answer, name](const std::variant<exports::Export, exports::Refusal>& made) {
            const auto* refusal = std::get_if<exports::Refusal>(&made);
            answer(refusal ? answerOf(*refusal) : answerOf(std::get<exports::Export>(made), name));
        });
}

http::Response make(store::Store& store, const std::shared_ptr<exports::Exporter>& exporter,
                    const http::Request& request) {
    const auto parameters = Parameters::read(request.query, {"participant"});
    if (!parameters) return invalid(parameters.error());
    auto place = exporter->takePlace();
    if (!place) return busy();
    const auto asked =
        std::make_shared<Asked>(Asked{exporter, request, parameters->text("participant"), std::move(place)});
    http::Response response;
    response.later = [&store, asked](const http::Answer& answer) {
        store.ask<Meeting>(
            patience, [id = asked->meeting()](Connection& connection) { return readMeeting(connection, id); },
            [asked, answer](const store::Outcome<Meeting>& meeting) {
                if (!meeting) return answer(problemOf(meeting.failure()));
                if (!asked->abandoned) begin(asked, *meeting, answer);
            });
    };
    response.abandoned = [asked] {
        asked->abandoned = true;
        if (asked->end) asked->end();
    };
    return response;
}

} // namespace

void addExport(http::Router& router, store::Store& store, const access::Gate& gate,
               std::shared_ptr<exports::Exporter> exporter) {
    router.add("GET", "/api/sessions/{meetingId}/export.mkv",
               gate.guard(access::Role::Viewer,
                          [&store, exporter = std::move(exporter)](const http::Request& request) {
                              return make(store, exporter, request);
                          }));
}

} // namespace lm::rest
