#include "plugins/common/wav/header.hpp"
#include "service/rest/export.hpp"
#include "tests/service/rest/restfixture.hpp"

#include <fstream>
#include <future>

namespace lm::rest {
namespace {

using store::must;

class ExportMkv : public RestTest {
protected:
    ExportMkv() {
        exports::Options options{directory_.path().string(), directory_.path().string()};
        options.most = 1;
        addExport(router_, *store_, open_, std::make_shared<exports::Exporter>(options));
        const auto head = wav::header({48000, 2, 16}, 4 * 480'000, 0);
        std::ofstream file(directory_.path() / "a.wav", std::ios::binary);
        file.write(reinterpret_cast<const char*>(head.data()), head.size());
        file << std::string(4 * 480'000, 'x');
        add("a", "ann", "a.wav");
    }
    void add(const std::string& id, const std::string& participant, const std::string& file) {
        store::Track track;
        track.id = id;
        track.meetingId = "RM_1";
        track.participant = participant;
        must(saveTrack(*db_, track));
        must(saveRecording(*db_, {id, 1, file, 48000, 2, 0, {}, domain::UtcTime(std::chrono::seconds(1))}));
    }
    http::Response make(const std::string& query = {}) { return get(path + query); }
    static std::string first(http::BodySource& body) {
        std::promise<http::BodySource::Piece> piece;
        body.read([&](http::BodySource::Piece got) { piece.set_value(std::move(got)); });
        return piece.get_future().get().value_or("(failed)");
    }

    const std::string path = "/api/sessions/RM_1/export.mkv";
};

TEST_P(ExportMkv, IsAMatroskaFileOfTheOneWhoIsThere) {
    for (const char* query : {"", "?participant=ann"}) {
        auto response = make(query);
        ASSERT_EQ(response.status, 200u) << response.body;
        EXPECT_EQ(response.type, "video/x-matroska");
        EXPECT_EQ(header(response, "Content-Disposition"), "attachment; filename=\"RM_1_ann.mkv\"");
        EXPECT_EQ(header(response, "X-Left-Out"), "");
        EXPECT_EQ(response.source->size(), http::BodySource::unknownSize);
        EXPECT_TRUE(first(*response.source).starts_with("\x1a\x45\xdf\xa3"));
        response.source.reset();
        EXPECT_TRUE(test::eventually([&] { return ask("HEAD", path).status == 200; })) << "its place is free";
    }
}

TEST_P(ExportMkv, IsForAFewAtATime) {
    const auto response = make();
    const auto busy = make();
    EXPECT_EQ(busy.status, 503u);
    EXPECT_EQ(problem(busy), "too_many_exports");
    EXPECT_EQ(header(busy, "Retry-After"), "10");
}

TEST_P(ExportMkv, NamesWhatIsMissing) {
    add("b", "ann", "gone.wav");
    EXPECT_EQ(header(make(), "X-Left-Out"), "b.1");
}

TEST_P(ExportMkv, IsOfSomebodyWhoIsNamedWhenThereAreSeveral) {
    add("b", "bob\x1b", "gone.wav");
    const auto several = make();
    EXPECT_EQ(several.status, 400u);
    EXPECT_EQ(problem(several), "invalid_parameter participant");
    EXPECT_NE(several.body.find("'ann', 'bob?'"), std::string::npos) << several.body;
    EXPECT_EQ(problem(make("?participant=eve")), "unknown_participant participant");
    EXPECT_EQ(problem(make("?participant=bob%1B")), "nothing_recorded");
    EXPECT_EQ(make("?participant=ann").status, 200u);
}

TEST_P(ExportMkv, IsOfAMeetingThatIsKnown) {
    const auto unknown = get("/api/sessions/RM_2/export.mkv");
    EXPECT_EQ(unknown.status, 404u);
    EXPECT_EQ(problem(unknown), "not_found");
    EXPECT_EQ(problem(make("?part=1")), "invalid_parameter part");
}

ON_BOTH_ENGINES(ExportMkv);

} // namespace
} // namespace lm::rest
