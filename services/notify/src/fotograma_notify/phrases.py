"""Every word of the mails, in every language they are written in."""

# ruff: noqa: RUF001 - a multiplication sign between width and height is meant

from collections.abc import Mapping
from dataclasses import dataclass

from fotograma_contracts.reasons import Reason, WarningCode
from fotograma_contracts.users import Locale


@dataclass(frozen=True, slots=True)
class Failure:
    """What happened, and what the user can do about it."""

    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class AccountMail:
    """A mail about the account itself."""

    subject: str
    paragraphs: tuple[str, ...]
    action: str


@dataclass(frozen=True, slots=True)
class Phrases:
    """One language. `{…}` are filled in by the letters; users' words in quotation marks."""

    language: str
    """BCP 47."""
    thousands: str
    decimal: str
    processed_subject: str
    processed_heading: str
    processed_text: str
    frames_one: str
    frames_many: str
    archive: str
    warnings_heading: str
    warnings: Mapping[WarningCode, str]
    open_video: str
    terminal: str
    failed_subject: str
    failed_heading: str
    failed_text: str
    failures: Mapping[Reason, Failure]
    expiring_subject: str
    expiring_heading: str
    expiring_text: str
    expiring_remedy: str
    notification_heading: str
    open_fotograma: str
    why_preferences: str
    why_notification: str
    change_preferences: str
    unnamed: str
    unnamed_key: str
    verification: AccountMail
    password_reset: AccountMail
    blank: str
    """Stands where the user puts the password in."""
    password_changed: AccountMail
    api_keys_deleted: str
    api_keys_kept: str
    email_changed: AccountMail
    email_change_requested: AccountMail
    api_key_created: AccountMail
    promoted: AccountMail
    demoted: AccountMail


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

PORTUGUESE = Phrases(
    language="pt-BR",
    thousands=".",
    decimal=",",
    processed_subject="Seus quadros estão prontos: {name}",
    processed_heading="Seus quadros estão prontos",
    processed_text="Extraímos os quadros de {name}.",
    frames_one="{count} quadro",
    frames_many="{count} quadros",
    archive="ZIP de {size}",
    warnings_heading="Bom saber",
    warnings={
        WarningCode.DAMAGED_FRAMES: (
            "Partes do vídeo estão danificadas: alguns quadros podem faltar ou aparecer com falhas."
        ),
        WarningCode.ENDS_EARLY: (
            "A imagem termina antes do que o arquivo informa: não há quadros depois desse ponto."
        ),
        WarningCode.SAMPLES_MISSING: (
            "Para alguns dos tempos que você pediu, o vídeo não tem um quadro que possa ser "
            "mostrado."
        ),
    },
    open_video="Baixar os quadros",
    terminal="Ou em um terminal:",
    failed_subject="Não foi possível processar seu vídeo: {name}",
    failed_heading="Não foi possível processar seu vídeo",
    failed_text="Não conseguimos extrair os quadros de {name}.",
    failures={
        Reason.EMPTY_FILE: Failure(
            "O arquivo está vazio.",
            "Verifique o arquivo no seu computador e envie-o novamente.",
        ),
        Reason.NOT_A_VIDEO: Failure(
            "O arquivo não é um vídeo que possamos ler.",
            "Confira se é o arquivo certo. Se ele abre no seu computador, converta-o para MP4 "
            "(H.264) e envie-o novamente.",
        ),
        Reason.NO_VIDEO_STREAM: Failure(
            "O arquivo não tem imagem, apenas som ou outros dados.",
            "Envie um arquivo que tenha uma faixa de vídeo.",
        ),
        Reason.DAMAGED: Failure(
            "O arquivo está danificado ou incompleto.",
            "Envie-o novamente. Se não adiantar, exporte ou copie o arquivo outra vez a partir "
            "da origem.",
        ),
        Reason.UNSUPPORTED_CODEC: Failure(
            "O vídeo está em um formato que não conseguimos decodificar.",
            "Converta-o para MP4 (H.264) e envie-o novamente.",
        ),
        Reason.TOO_MANY_PIXELS: Failure(
            "A imagem é maior do que conseguimos processar.",
            "Faça uma versão menor do vídeo, por exemplo 1920 × 1080, e envie essa versão.",
        ),
        Reason.TOO_MANY_FRAMES: Failure(
            "Sua escolha gera mais quadros do que uma extração pode ter.",
            "Escolha um intervalo maior entre os quadros ou um trecho mais curto do vídeo.",
        ),
        Reason.ARCHIVE_TOO_LARGE: Failure(
            "O ZIP ficaria maior do que o permitido.",
            "Escolha menos quadros, uma largura menor ou JPEG em vez de PNG.",
        ),
        Reason.NOTHING_SELECTED: Failure(
            "Sua escolha não seleciona nenhum quadro deste vídeo.",
            "Compare os tempos escolhidos com a duração do vídeo e tente novamente.",
        ),
        Reason.SOURCE_MISSING: Failure(
            "O arquivo enviado não existe mais.",
            "Envie o vídeo novamente.",
        ),
        Reason.TIME_LIMIT: Failure(
            "O processamento demorou mais do que o permitido.",
            "Escolha um trecho mais curto ou menos quadros, ou envie uma versão menor.",
        ),
        Reason.MEMORY_LIMIT: Failure(
            "O processamento precisa de mais memória do que o permitido.",
            "Envie uma versão com imagem menor, por exemplo 1920 × 1080.",
        ),
        Reason.DECODER_CRASHED: Failure(
            "O vídeo fez o decodificador parar; provavelmente está danificado.",
            "Converta-o para MP4 (H.264) e envie-o novamente.",
        ),
        Reason.PROCESSING_FAILED: Failure(
            "Algo deu errado do nosso lado.",
            "Tente a extração novamente em alguns minutos. Se falhar outra vez, fale conosco.",
        ),
    },
    expiring_subject="Seu vídeo será excluído em breve: {name}",
    expiring_heading="Seu vídeo será excluído em breve",
    expiring_text="O Fotograma guarda {name} e seus quadros até {until} e depois os exclui.",
    expiring_remedy="Se você ainda precisa dos quadros, baixe-os antes disso.",
    notification_heading="Uma mensagem do Fotograma",
    open_fotograma="Abrir o Fotograma",
    why_preferences="Você recebeu este e-mail porque enviou este vídeo ao Fotograma.",
    why_notification="Você recebeu este e-mail porque tem uma conta no Fotograma.",
    change_preferences="Escolher quais e-mails receber",
    unnamed="vídeo sem título",
    unnamed_key="uma sem nome",
    verification=AccountMail(
        subject="Confirme seu endereço de e-mail",
        paragraphs=(
            "Alguém, provavelmente você, quer usar este endereço no Fotograma.",
            (
                "O link vale uma única vez, até {until}. Se não foi você, ignore este e-mail: sem "
                "o link nada acontece."
            ),
        ),
        action="Confirmar o endereço",
    ),
    password_reset=AccountMail(
        subject="Escolha uma nova senha",
        paragraphs=(
            "Alguém, provavelmente você, perdeu a senha da sua conta no Fotograma.",
            (
                "O link vale uma única vez, até {until}. Se não foi você, ignore este e-mail: sua "
                "senha continua a mesma."
            ),
        ),
        action="Escolher uma senha",
    ),
    blank="SUA NOVA SENHA",
    password_changed=AccountMail(
        subject="Sua senha foi alterada",
        paragraphs=(
            (
                "Sua conta no Fotograma tem uma nova senha e foi desconectada em todos os outros "
                "lugares."
            ),
            "Se não foi você, peça agora mesmo um link para escolher outra senha.",
        ),
        action="Abrir o Fotograma",
    ),
    api_keys_deleted="Estas chaves de API deixaram de valer com a senha antiga: {keys}.",
    api_keys_kept=(
        "Estas chaves de API continuam abrindo sua conta: {keys}. Exclua as que você não conhece."
    ),
    email_changed=AccountMail(
        subject="Seu endereço de e-mail foi alterado",
        paragraphs=(
            (
                "Sua conta no Fotograma tem um novo endereço de e-mail. Esta é a última mensagem "
                "para o endereço antigo."
            ),
            "Se não foi você, fale conosco agora mesmo.",
        ),
        action="Abrir o Fotograma",
    ),
    api_key_created=AccountMail(
        subject="Uma nova chave de API foi criada",
        paragraphs=(
            "Sua conta no Fotograma tem uma nova chave de API: {name}, que começa com {prefix}.",
            "Se não foi você, exclua a chave e mude sua senha agora mesmo.",
        ),
        action="Abrir o Fotograma",
    ),
    email_change_requested=AccountMail(
        subject="Alguém quer mudar seu endereço de e-mail",
        paragraphs=(
            (
                "Alguém que conhece sua senha pediu que sua conta no Fotograma passe a ter o "
                "endereço {email}. Isso acontece assim que o link enviado para lá for aberto."
            ),
            "Se foi você, não é preciso fazer nada aqui.",
            (
                "Se não foi você, escolha agora mesmo outra senha com este link, que vale uma "
                "única vez, até {until}: a mudança é cancelada e todos são desconectados."
            ),
        ),
        action="Não fui eu: escolher outra senha",
    ),
    promoted=AccountMail(
        subject="Você agora é administrador",
        paragraphs=(
            "Quem mantém este Fotograma tornou você administrador dele.",
            (
                "Todas as sessões e chaves de API que sua conta tinha deixaram de valer: entre com "
                "sua senha. Se você não esperava por isso, avise quem o mantém."
            ),
        ),
        action="Abrir o Fotograma",
    ),
    demoted=AccountMail(
        subject="Você não é mais administrador",
        paragraphs=(
            "Quem mantém este Fotograma encerrou sua função de administrador.",
            (
                "Todas as sessões e chaves de API que sua conta tinha deixaram de valer. Seus "
                "vídeos continuam como antes: entre com sua senha."
            ),
        ),
        action="Abrir o Fotograma",
    ),
)

PHRASES: Mapping[Locale, Phrases] = {Locale.ENGLISH: ENGLISH, Locale.PORTUGUESE: PORTUGUESE}
