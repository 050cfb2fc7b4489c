#include "service/rest/audio.hpp"
#include "service/store/tracks.hpp"
#include "tests/service/rest/restfixture.hpp"

#include <filesystem>
#include <fstream>
#include <future>

namespace lm::rest {
namespace {

using store::must;

class RecordingAudio : public RestTest {
protected:
    RecordingAudio() {
        addRecordingAudio(router_, *store_, open_, readers_, {directory_.path().string(), 2});
        std::ofstream(directory_.path() / "a \"b\".wav", std::ios::binary) << text_;
        add(1, "a \"b\".wav");
    }
    void add(int part, const std::string& file) {
        must(saveRecording(*db_, {"t", part, file, 48000, 2, 0, {}, {}}));
    }
    static std::string bytesOf(const http::Response& response) {
        std::string all;
        while (response.source && response.source->size() > 0) {
            std::promise<http::BodySource::Piece> piece;
            response.source->read([&](http::BodySource::Piece got) { piece.set_value(std::move(got)); });
            all += piece.get_future().get().value_or("(failed)");
        }
        return all;
    }
    http::Response with(std::vector<std::pair<std::string, std::string>> headers) {
        return ask("GET", path, "", std::move(headers));
    }

    static constexpr char path[] = "/api/recordings/t.1/audio";
    const std::string text_ = "0123456789, no WAV file, but a file";
    const std::shared_ptr<downloads::Readers> readers_ = std::make_shared<downloads::Readers>(2);
};

TEST_P(RecordingAudio, IsTheFileWithASafeName) {
    const auto response = get(path);
    EXPECT_EQ(response.status, 200u);
    EXPECT_EQ(bytesOf(response), text_);
    EXPECT_EQ(response.type, "audio/wav");
    EXPECT_EQ(header(response, "Content-Disposition"), "attachment; filename=\"a__b_.wav\"");
    EXPECT_EQ(header(response, "Accept-Ranges"), "bytes");
    EXPECT_NE(header(response, "Last-Modified"), "");
}

TEST_P(RecordingAudio, IsGivenInRanges) {
    const auto part = with({{"Range", "bytes=2-4"}});
    EXPECT_EQ(part.status, 206u);
    EXPECT_EQ(header(part, "Content-Range"), "bytes 2-4/" + std::to_string(text_.size()));
    EXPECT_EQ(bytesOf(part), "234");
    EXPECT_EQ(bytesOf(with({{"Range", "bytes=-4"}})), "file");
    const auto beyond = with({{"Range", "bytes=1000-"}});
    EXPECT_EQ(beyond.status, 416u);
    EXPECT_EQ(header(beyond, "Content-Range"), "bytes */" + std::to_string(text_.size()));
}

TEST_P(RecordingAudio, IsSparedOrWholeAsTheClientsConditionSays) {
    const std::string etag = header(get(path), "ETag");
    EXPECT_EQ(with({{"Range", "bytes=2-4"}, {"If-Range", etag}}).status, 206u);
    EXPECT_EQ(with({{"Range", "bytes=2-4"}, {"If-Range", "\"old\""}}).status, 200u);
    EXPECT_EQ(with({{"If-None-Match", etag}}).status, 304u);
}

TEST_P(RecordingAudio, IsNeverAnotherFile) {
    std::filesystem::create_symlink("/etc/passwd", directory_.path() / "link.wav");
    int part = 2;
    for (const char* wrong : {"../x", "/etc/passwd", "link.wav", "gone.wav"}) {
        add(part, wrong);
        const auto response = get("/api/recordings/t." + std::to_string(part++) + "/audio");
        EXPECT_EQ(response.status, 404u) << wrong;
        EXPECT_EQ(problem(response), "no_file");
    }
    EXPECT_EQ(problem(get("/api/recordings/nobody.1/audio")), "not_found");
}

TEST_P(RecordingAudio, IsForAFewAtATime) {
    auto first = get(path), second = get(path);
    EXPECT_EQ(first.status, 200u);
    EXPECT_EQ(second.status, 200u);
    const auto third = get(path);
    EXPECT_EQ(third.status, 503u);
    EXPECT_EQ(header(third, "Retry-After"), "5");
    first.source.reset();
    EXPECT_TRUE(test::eventually([&] { return get(path).status == 200; })) << "the place was given back";
}

ON_BOTH_ENGINES(RecordingAudio);

} // namespace
} // namespace lm::rest
