"""Every word of the mails in Portuguese, as it is written in Brazil."""

# ruff: noqa: RUF001 - a multiplication sign between width and height is meant

from fotograma_contracts.reasons import Reason, WarningCode

from fotograma_notify.languages.phrases import AccountMail, Failure, Phrases

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
        WarningCode.ASSUMED_RATE: (
            "O arquivo não informa quando seus quadros são mostrados: eles são contados a um "
            "ritmo constante."
        ),
        WarningCode.FRAMES_MISSING: (
            "Alguns quadros que o arquivo lista não puderam ser decodificados e faltam."
        ),
        WarningCode.TIMES_REPEAT: (
            "Alguns quadros do vídeo têm o mesmo tempo de outro e foram deixados de fora."
        ),
        WarningCode.STARTS_WITHOUT_KEYFRAME: (
            "O vídeo começa no meio de uma cena: os primeiros quadros não podem ser decodificados."
        ),
        WarningCode.DISCONTINUITY: (
            "O relógio do vídeo recomeça no meio do arquivo, como em gravações emendadas. "
            "Os tempos dos quadros seguem sem intervalo."
        ),
        WarningCode.OTHER: "Abra o vídeo no Fotograma para ver o que há para saber sobre ele.",
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
        Reason.ENCRYPTED: Failure(
            "O vídeo está criptografado (proteção contra cópia, DRM), e não conseguimos abri-lo.",
            "Envie uma cópia sem proteção, se tiver uma.",
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
        Reason.STORAGE_FULL: Failure(
            "Os quadros não caberiam no que resta do seu armazenamento.",
            "Exclua alguns vídeos ou escolha menos quadros, uma largura menor ou JPEG em vez de "
            "PNG.",
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
        Reason.OTHER: Failure(
            "O motivo é um para o qual este e-mail não tem palavras.",
            "Abra o vídeo no Fotograma para ver o que pode ser feito.",
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
