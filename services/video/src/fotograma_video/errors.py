"""What can go wrong, each with its status and stable code."""

from http import HTTPStatus

from fotograma_kit.field_errors import FieldErrorCode
from fotograma_kit.problems import FieldProblem, Problem, TryLater


class UserNotFound(Problem):
    """The user is gone."""

    status = HTTPStatus.NOT_FOUND
    code = "user_not_found"
    title = "There is no such user"


class VideoNotFound(Problem):
    """No such video, or another user's."""

    status = HTTPStatus.NOT_FOUND
    code = "video_not_found"
    title = "There is no such video"


class VideoGone(VideoNotFound):
    """The video's time was up. After a while it is not found at all."""

    status = HTTPStatus.GONE
    code = "gone"
    title = "The video was kept for as long as agreed, and then deleted"


class BadRetention(FieldProblem):
    """The video cannot be kept for that long, or is older already."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "bad_retention"
    field, field_code = "body.retention_days", FieldErrorCode.TOO_LARGE
    title = "The video cannot be kept for this long"


class ExtractionNotFound(Problem):
    """No such extraction, or another user's."""

    status = HTTPStatus.NOT_FOUND
    code = "extraction_not_found"
    title = "There is no such extraction"


class NotReady(Problem):
    """The archive does not exist yet."""

    status = HTTPStatus.CONFLICT
    code = "not_ready"
    title = "There is nothing to download yet"


class ExtractionFailed(Problem):
    """There will be no archive, unless it is tried again."""

    status = HTTPStatus.CONFLICT
    code = "extraction_failed"
    title = "The extraction failed"


class ExtractionWasCancelled(Problem):
    """There will be no archive, unless it is tried again."""

    status = HTTPStatus.CONFLICT
    code = "extraction_cancelled"
    title = "The extraction was cancelled"


class ArchiveGone(Problem):
    """What was extracted has been deleted meanwhile."""

    status = HTTPStatus.GONE
    code = "archive_gone"
    title = "The frames are not stored any more"


class FramesNotListed(Problem):
    """The archive is from before frames were listed."""

    status = HTTPStatus.CONFLICT
    code = "frames_not_listed"
    title = "This archive has no list of its frames; extract again to get one"


class FrameNotFound(Problem):
    """The archive has no frame of this name."""

    status = HTTPStatus.NOT_FOUND
    code = "frame_not_found"
    title = "There is no such frame"


class SpriteSheetNotFound(Problem):
    """The archive has fewer sprite sheets."""

    status = HTTPStatus.NOT_FOUND
    code = "sheet_not_found"
    title = "There is no such sheet"


class PosterNotFound(Problem):
    """The archive is from before there were posters."""

    status = HTTPStatus.NOT_FOUND
    code = "poster_not_found"
    title = "There is no picture of this video"


class SelectionNotFound(Problem):
    """No such selection, or it has expired."""

    status = HTTPStatus.NOT_FOUND
    code = "selection_not_found"
    title = "There is no such selection, or not any more"


class SelectionTooLarge(FieldProblem):
    """More names and ranges than a selection may have."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "selection_too_large"
    field, field_code = "body", FieldErrorCode.TOO_LONG
    title = "The selection has too many parts"


class UnknownFrames(FieldProblem):
    """Names that no frame has."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "unknown_frames"
    field, field_code = "body.names", FieldErrorCode.NOT_A_CHOICE
    title = "Some of the frames do not exist"


class EmptySelection(FieldProblem):
    """No frame is in any of the ranges."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "empty_selection"
    field, field_code = "body", FieldErrorCode.TOO_SHORT
    title = "The selection has no frame"


class RangeNotSatisfiable(Problem):
    """The range begins behind the end."""

    status = HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE
    code = "range_not_satisfiable"
    title = "There is nothing in this range"


class BadSignature(Problem):
    """The URL was not signed by us, or was changed."""

    status = HTTPStatus.FORBIDDEN
    code = "bad_signature"
    title = "The signature of the URL is not valid"


class LinkExpired(Problem):
    """The URL was valid."""

    status = HTTPStatus.FORBIDDEN
    code = "link_expired"
    title = "The URL has expired"


class UploadNotFound(Problem):
    """No such upload, or another user's, an expired or a complete one."""

    status = HTTPStatus.NOT_FOUND
    code = "upload_not_found"
    title = "There is no such upload"


class BadPartNumber(FieldProblem):
    """The upload has no such part."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "bad_part_number"
    field, field_code = "body.numbers", FieldErrorCode.TOO_LARGE
    title = "There is no such part"


class PartsMissing(Problem):
    """Parts have not arrived, or have another size. The upload stays, with what it has."""

    status = HTTPStatus.CONFLICT
    code = "parts_missing"
    title = "Parts of the upload have not arrived"


class NotRunning(Problem):
    """Only what runs can be cancelled."""

    status = HTTPStatus.CONFLICT
    code = "not_running"
    title = "The extraction has ended already"


class NotRetryable(Problem):
    """Only what failed or was cancelled can be tried again."""

    status = HTTPStatus.CONFLICT
    code = "not_retryable"
    title = "The extraction has neither failed nor been cancelled"


class FileTooLarge(FieldProblem):
    """The upload is larger than allowed."""

    status = HTTPStatus.REQUEST_ENTITY_TOO_LARGE
    code = "file_too_large"
    field, field_code = "body.size_bytes", FieldErrorCode.TOO_LARGE
    title = "The file is too large"


class QuotaExceeded(Problem):
    """A limit of this user is reached."""

    status = HTTPStatus.FORBIDDEN
    code = "quota_exceeded"
    title = "A limit of your account is reached"


class TooManyAtOnce(Problem):
    """Too much of this user's is under way."""

    status = HTTPStatus.TOO_MANY_REQUESTS
    code = "too_many_at_once"
    title = "Too much is under way"


class TooManyStreams(TryLater):
    """The user, or this process, has as many streams of live events as may be open."""

    code = "too_many_streams"
    title = "Too many streams of live events are open"


class EmptyFile(FieldProblem):
    """A file without a byte."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "empty_file"
    field, field_code = "body.file", FieldErrorCode.TOO_SMALL
    title = "The file is empty"


class BadForm(Problem):
    """The multipart form does not parse, or is not the one expected."""

    status = HTTPStatus.BAD_REQUEST
    code = "bad_form"
    title = "The upload form is not valid"


class UnsupportedMediaType(Problem):
    """The body is not a multipart form."""

    status = HTTPStatus.UNSUPPORTED_MEDIA_TYPE
    code = "unsupported_media_type"
    title = "Send the video as multipart/form-data"


class BadRecipe(FieldProblem):
    """The recipe does not parse."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "bad_recipe"
    field, field_code = "body.recipe", FieldErrorCode.INVALID
    title = "The recipe is not valid"


class BadCursor(FieldProblem):
    """The cursor was not one of ours, or belongs to another order."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "bad_cursor"
    field, field_code = "query.cursor", FieldErrorCode.WRONG_FORMAT
    title = "The cursor is not valid"


class UploadStalled(Problem):
    """The client stopped sending."""

    status = HTTPStatus.REQUEST_TIMEOUT
    code = "upload_stalled"
    title = "The upload stalled"


class KeyInFlight(Problem):
    """The request with this key is still being handled."""

    status = HTTPStatus.CONFLICT
    code = "idempotency_key_in_flight"
    title = "A request with this Idempotency-Key is still running"


class KeyReused(FieldProblem):
    """The key belongs to another request."""

    status = HTTPStatus.UNPROCESSABLE_ENTITY
    code = "idempotency_key_reused"
    field, field_code = "header.Idempotency-Key", FieldErrorCode.INVALID
    title = "This Idempotency-Key was used for another request"


class StorageUnavailable(Problem):
    """S3 does not answer."""

    status = HTTPStatus.SERVICE_UNAVAILABLE
    code = "storage_unavailable"
    title = "The object storage does not answer right now"

    def __init__(self, detail: str | None = None) -> None:
        super().__init__(detail, headers={"Retry-After": "5"})
