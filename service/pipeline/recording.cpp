#include "service/pipeline/recording.hpp"

#include "service/domain/filename.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <fstream>
#include <string_view>
#include <system_error>

namespace lm::pipeline {
namespace {

/// More sockets for one track within a millisecond than this are an attack.
constexpr int maxNumber = 1000;

/// Largest file that can be a WAV header alone, WAVE_FORMAT_EXTENSIBLE included.
constexpr std::streamoff mostHeaderBytes = 128;

/// Empty, or a header alone: it ends with the head of the data chunk. wavenc leaves one, with a length that
/// is not true, when not a single sample came.
bool holdsNoAudio(const std::string& path) {
    std::ifstream file(path, std::ios::binary | std::ios::ate);
    const std::streamoff size = file ? static_cast<std::streamoff>(file.tellg()) : -1;
    if (size <= 0) return size == 0;
    if (size < 8 || size > mostHeaderBytes) return false;
    char chunk[4] = {};
    file.seekg(size - 8).read(chunk, sizeof chunk);
    return std::string_view(chunk, sizeof chunk) == "data";
}

} // namespace

Result<std::string> reserveRecording(const std::string& outputDir, const domain::EgressRequest& request,
                                     domain::UtcTime start) {
    const auto dir = std::filesystem::path(outputDir) / domain::pathComponent(request.meetingOrRoom());
    std::error_code failed;
    std::filesystem::create_directories(dir, failed);
    if (failed) return Error{"the directory of the recording cannot be made: " + failed.message(), dir};
    const std::string stem = domain::recordingStem(start, request);
    for (int number = 1; number <= maxNumber; ++number) {
        std::string name = stem;
        if (number > 1) name.append("-").append(std::to_string(number));
        const auto path = dir / name.append(".wav");
        const int fd = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0640);
        if (fd >= 0) {
            ::close(fd);
            return path.string();
        }
        if (errno != EEXIST)
            return Error{"the recording cannot be created: " + std::generic_category().message(errno), path};
    }
    return Error{"the recording cannot be created: every name is taken", dir / (stem + ".wav")};
}

bool removeIfEmpty(const std::string& path) {
    return holdsNoAudio(path) && ::unlink(path.c_str()) == 0;
}

} // namespace lm::pipeline
