"""Every word of the mails in English."""

# ruff: noqa: RUF001 - a multiplication sign between width and height is meant

from fotograma_contracts.reasons import Reason, WarningCode

from fotograma_notify.languages.phrases import AccountMail, Failure, Phrases

ENGLISH = Phrases(
    language="en",
    thousands=",",
    decimal=".",
    processed_subject="Your frames are ready: {name}",
    processed_heading="Your frames are ready",
    processed_text="We have extracted the frames of {name}.",
    frames_one="{count} frame",
    frames_many="{count} frames",
    archive="ZIP of {size}",
    warnings_heading="Good to know",
    warnings={
        WarningCode.DAMAGED_FRAMES: (
            "Parts of the video are damaged: some frames may be missing or look broken."
        ),
        WarningCode.ENDS_EARLY: (
            "The picture ends earlier than the file says: there are no frames after that point."
        ),
        WarningCode.SAMPLES_MISSING: (
            "For some of the times you asked for, the video has no frame that can be shown."
        ),
        WarningCode.ASSUMED_RATE: (
            "The file does not say when its frames are shown: they are counted at a steady rate."
        ),
        WarningCode.FRAMES_MISSING: (
            "Some frames that the file lists could not be decoded: they are missing."
        ),
        WarningCode.TIMES_REPEAT: (
            "Some frames of the video have the time of another one: they were left out."
        ),
        WarningCode.STARTS_WITHOUT_KEYFRAME: (
            "The video begins in the middle of a scene: its first frames cannot be decoded."
        ),
        WarningCode.DISCONTINUITY: (
            "The clock of the video starts again on the way, as in recordings that were joined. "
            "The times of the frames go on without a gap."
        ),
        WarningCode.OTHER: "Open the video in Fotograma to see what is to be known about it.",
    },
    open_video="Download the frames",
    terminal="Or in a terminal:",
    failed_subject="We could not process your video: {name}",
    failed_heading="We could not process your video",
    failed_text="The frames of {name} could not be extracted.",
    failures={
        Reason.EMPTY_FILE: Failure(
            "The file is empty.",
            "Check the file on your computer and upload it again.",
        ),
        Reason.NOT_A_VIDEO: Failure(
            "The file is not a video that we can read.",
            "Make sure it is the right file. If it plays on your computer, convert it to MP4 "
            "(H.264) and upload it again.",
        ),
        Reason.NO_VIDEO_STREAM: Failure(
            "The file holds no picture, only sound or other data.",
            "Upload a file that has a video track.",
        ),
        Reason.DAMAGED: Failure(
            "The file is damaged or incomplete.",
            "Upload it again. If that does not help, export or copy it anew from where it "
            "came from.",
        ),
        Reason.ENCRYPTED: Failure(
            "The video is encrypted (copy protection, DRM), and we cannot open it.",
            "Upload a copy without protection, if you have one.",
        ),
        Reason.UNSUPPORTED_CODEC: Failure(
            "The video is in a format that we cannot decode.",
            "Convert it to MP4 (H.264) and upload it again.",
        ),
        Reason.TOO_MANY_PIXELS: Failure(
            "The picture is larger than we can process.",
            "Make a smaller version of the video, 1920 × 1080 for example, and upload that.",
        ),
        Reason.TOO_MANY_FRAMES: Failure(
            "Your choice gives more frames than one extraction may have.",
            "Choose a longer interval between frames, or a shorter part of the video.",
        ),
        Reason.ARCHIVE_TOO_LARGE: Failure(
            "The ZIP would be larger than allowed.",
            "Choose fewer frames, a smaller width, or JPEG instead of PNG.",
        ),
        Reason.STORAGE_FULL: Failure(
            "The frames would not fit into what is left of your storage.",
            "Delete some videos, or choose fewer frames, a smaller width, or JPEG instead of PNG.",
        ),
        Reason.NOTHING_SELECTED: Failure(
            "Your choice does not select any frame of this video.",
            "Compare the times you chose with the length of the video, and try again.",
        ),
        Reason.SOURCE_MISSING: Failure(
            "The uploaded file is no longer there.",
            "Upload the video again.",
        ),
        Reason.TIME_LIMIT: Failure(
            "Processing took longer than allowed.",
            "Choose a shorter part of the video or fewer frames, or upload a smaller version.",
        ),
        Reason.MEMORY_LIMIT: Failure(
            "Processing needs more memory than allowed.",
            "Upload a version with a smaller picture, 1920 × 1080 for example.",
        ),
        Reason.DECODER_CRASHED: Failure(
            "The video made the decoder stop; it is probably damaged.",
            "Convert it to MP4 (H.264) and upload it again.",
        ),
        Reason.PROCESSING_FAILED: Failure(
            "Something went wrong on our side.",
            "Try the extraction again in a few minutes. If it fails again, please tell us.",
        ),
        Reason.OTHER: Failure(
            "The reason is one that this mail has no words for.",
            "Open the video in Fotograma to see what can be done.",
        ),
    },
    expiring_subject="Your video will be deleted soon: {name}",
    expiring_heading="Your video will be deleted soon",
    expiring_text="Fotograma keeps {name} and its frames until {until}, and then deletes them.",
    expiring_remedy="If you still need the frames, download them before that.",
    notification_heading="A message from Fotograma",
    open_fotograma="Open Fotograma",
    why_preferences="You get this mail because you uploaded this video to Fotograma.",
    why_notification="You get this mail because you have a Fotograma account.",
    change_preferences="Choose which mails you get",
    unnamed="untitled video",
    unnamed_key="one without a name",
    verification=AccountMail(
        subject="Confirm your e-mail address",
        paragraphs=(
            "Somebody, hopefully you, wants to use this address with Fotograma.",
            (
                "The link is good once, until {until}. If it was not you, ignore this mail: "
                "without the link nothing happens."
            ),
        ),
        action="Confirm the address",
    ),
    password_reset=AccountMail(
        subject="Choose another password",
        paragraphs=(
            "Somebody, hopefully you, has lost the password of your Fotograma account.",
            (
                "The link is good once, until {until}. If it was not you, ignore this mail: your "
                "password stays as it is."
            ),
        ),
        action="Choose a password",
    ),
    blank="YOUR NEW PASSWORD",
    password_changed=AccountMail(
        subject="Your password was changed",
        paragraphs=(
            "Your Fotograma account has another password now, and is logged out everywhere else.",
            "If it was not you, ask for a link to choose another password at once.",
        ),
        action="Open Fotograma",
    ),
    api_keys_deleted="These API keys ended with the old password: {keys}.",
    api_keys_kept=(
        "These API keys open your account as before: {keys}. Delete those that you do not know."
    ),
    email_changed=AccountMail(
        subject="Your e-mail address was changed",
        paragraphs=(
            (
                "Your Fotograma account has another e-mail address now. This is the last mail to "
                "the old one."
            ),
            "If it was not you, please tell us at once.",
        ),
        action="Open Fotograma",
    ),
    api_key_created=AccountMail(
        subject="A new API key was made",
        paragraphs=(
            "Your Fotograma account has a new API key: {name}, which begins with {prefix}.",
            "If it was not you, delete the key and change your password at once.",
        ),
        action="Open Fotograma",
    ),
    email_change_requested=AccountMail(
        subject="Somebody wants to change your e-mail address",
        paragraphs=(
            (
                "Somebody who knows your password asked that your Fotograma account shall have the "
                "address {email}. It will, as soon as the link that was mailed there is opened."
            ),
            "If it was you, there is nothing to do here.",
            (
                "If it was not you, choose another password at once, with this link, which is good "
                "once, until {until}: the change is off then, and everybody is logged out."
            ),
        ),
        action="It was not me: choose another password",
    ),
    promoted=AccountMail(
        subject="You are an administrator now",
        paragraphs=(
            "Whoever runs this Fotograma has made you an administrator of it.",
            (
                "All sessions and API keys that your account had have ended: log in with your "
                "password. If you did not expect this, please tell who runs it."
            ),
        ),
        action="Open Fotograma",
    ),
    demoted=AccountMail(
        subject="You are no administrator any more",
        paragraphs=(
            "Whoever runs this Fotograma has ended that you are an administrator of it.",
            (
                "All sessions and API keys that your account had have ended. Your videos are as "
                "before: log in with your password."
            ),
        ),
        action="Open Fotograma",
    ),
)
