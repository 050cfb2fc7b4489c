#include "service/pipeline/recording.hpp"

#include "service/domain/filename.hpp"

#include <filesystem>
#include <system_error>

namespace lm::pipeline {
namespace {

const char* extensionOf(domain::Media media) {
    if (media == domain::Media::Audio) return "wav";
    return media == domain::Media::H264 ? "h264" : "ivf";
}

} // namespace

std::string recordingPath(const std::string& outputDir, const domain::EgressRequest& request,
                          domain::UtcTime start) {
    return std::filesystem::path(outputDir) / domain::pathComponent(request.meetingOrRoom()) /
           domain::recordingFileName(start, request, extensionOf(request.media));
}

std::string moviePath(const std::string& recording) {
    return std::filesystem::path(recording).replace_extension(".mkv");
}

void makeDirectoryOf(const std::string& recording) {
    std::error_code ignored;
    std::filesystem::create_directories(std::filesystem::path(recording).parent_path(), ignored);
}

} // namespace lm::pipeline
