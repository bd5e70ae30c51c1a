"""The words of phrases in other languages than English."""

from __future__ import annotations

from aircherd.commits.drafting.vocabulary import ENGLISH, Vocabulary


def _table(
    verbs: str, nouns: str, places: str, versions: tuple[str, str], conjunction: str, more: str
) -> Vocabulary:
    """Reads `key=pattern` pairs parted by `;`."""

    def pairs(text: str) -> dict[str, str]:
        return dict(p.strip().split("=", 1) for p in text.split(";") if p.strip())

    return Vocabulary(
        verbs=pairs(verbs),
        nouns={k: (v, v) for k, v in pairs(nouns).items()},
        places={k.strip("*"): " " + v for k, v in pairs(places).items()},
        versions=versions,
        conjunction=conjunction,
        more=more,
    )


VOCABULARIES = {
    "en": ENGLISH,
    "de": _table(
        "add={o}{w} hinzufügen; remove={o}{w} entfernen; rename={a}{w} in {b} umbenennen;"
        "move={o}{w} verschieben; replace={o} durch {b} ersetzen; use instead={a} durch {o} ersetzen{w};"
        "use={o}{w} verwenden; bump={o}{v} aktualisieren; release={o} veröffentlichen;"
        "change={o}{w}{v} ändern; fix={o}{w} korrigieren; handle={o}{w} behandeln; check={o}{w} prüfen;"
        "update={o}{w} aktualisieren; simplify={o}{w} vereinfachen; rework={o}{w} überarbeiten;"
        "extend={o}{w} erweitern; format={o}{w} formatieren; document={o}{w} dokumentieren;"
        "ignore={o} ignorieren; test={o}{w} testen",
        "option=Option {}; parameter=Parameter {}; tests=Tests für {}; test=Test für {}; typo=Tippfehler;"
        "typos=Tippfehler; section=Abschnitt {}; page=Dokumentation zu {}; docs=Dokumentation;"
        "dependency=Abhängigkeit {}; dependencies={n} Abhängigkeiten, darunter {}; module=Modul {};"
        "comments=Kommentare; links=Links; link=Link; imports=Importe; translations=Übersetzungen {};"
        "workflow=Workflow {}; step=Schritt {}; locked=festgelegte Abhängigkeiten; field=Feld {}",
        "*=in {}; add=zu {}; remove=aus {}; move=nach {}",
        ("von {a} auf {b}", "auf {b}"),
        " und ",
        "{} und {n} weitere",
    ),
    "fr": _table(
        "add=ajouter {o}{w}; remove=supprimer {o}{w}; rename=renommer {a} en {b}{w}; move=déplacer {o}{w};"
        "replace=remplacer {o} par {b}; use instead=remplacer {a} par {o}{w}; use=utiliser {o}{w};"
        "bump=mettre à jour {o}{v}; release=publier {o}; change=modifier {o}{v}{w}; fix=corriger {o}{w};"
        "handle=gérer {o}{w}; check=vérifier {o}{w}; update=mettre à jour {o}{w};"
        "simplify=simplifier {o}{w}; rework=remanier {o}{w}; extend=étendre {o}{w};"
        "format=formater {o}{w}; document=documenter {o}{w}; ignore=ignorer {o}; test=tester {o}{w}",
        "option=l’option {}; parameter=le paramètre {}; tests=les tests de {}; test=un test pour {};"
        "typo=une faute de frappe; typos=des fautes de frappe; section=la section {};"
        "page=la documentation de {}; docs=la documentation; dependency=la dépendance {};"
        "dependencies={n} dépendances dont {}; module=le module {}; comments=les commentaires;"
        "links=les liens; link=un lien; imports=les imports; translations=les traductions {};"
        "locked=les dépendances verrouillées; field=le champ {}",
        "*=dans {}; add=à {}; remove=de {}; move=vers {}",
        ("de {a} à {b}", "à {b}"),
        " et ",
        "{} et {n} autres",
    ),
    "es": _table(
        "add=añadir {o}{w}; remove=eliminar {o}{w}; rename=renombrar {a} a {b}{w}; move=mover {o}{w};"
        "replace=reemplazar {o} por {b}; use instead=usar {o} en lugar de {a}{w}; use=usar {o}{w};"
        "bump=actualizar {o}{v}; release=publicar {o}; change=cambiar {o}{v}{w}; fix=corregir {o}{w};"
        "handle=gestionar {o}{w}; check=comprobar {o}{w}; update=actualizar {o}{w};"
        "simplify=simplificar {o}{w}; rework=rehacer {o}{w}; extend=ampliar {o}{w};"
        "format=formatear {o}{w}; document=documentar {o}{w}; ignore=ignorar {o}; test=probar {o}{w}",
        "option=la opción {}; parameter=el parámetro {}; tests=las pruebas de {}; test=una prueba de {};"
        "typo=una errata; typos=erratas; section=la sección {}; page=la documentación de {};"
        "docs=la documentación; dependency=la dependencia {}; dependencies={n} dependencias, entre ellas {};"
        "module=el módulo {}; comments=los comentarios; links=enlaces; link=un enlace;"
        "translations=las traducciones {}; locked=las dependencias fijadas; field=el campo {}",
        "*=en {}; add=a {}; remove=de {}; move=a {}",
        ("de {a} a {b}", "a {b}"),
        " y ",
        "{} y {n} más",
    ),
    "pt": _table(
        "add=adicionar {o}{w}; remove=remover {o}{w}; rename=renomear {a} para {b}{w}; move=mover {o}{w};"
        "replace=substituir {o} por {b}; use instead=usar {o} em vez de {a}{w}; use=usar {o}{w};"
        "bump=atualizar {o}{v}; release=lançar {o}; change=alterar {o}{v}{w}; fix=corrigir {o}{w};"
        "handle=tratar {o}{w}; check=verificar {o}{w}; update=atualizar {o}{w};"
        "simplify=simplificar {o}{w}; rework=reformular {o}{w}; extend=estender {o}{w};"
        "format=formatar {o}{w}; document=documentar {o}{w}; ignore=ignorar {o}; test=testar {o}{w}",
        "option=a opção {}; parameter=o parâmetro {}; tests=os testes de {}; test=um teste de {};"
        "typo=um erro de digitação; typos=erros de digitação; section=a seção {}; page=a documentação de {};"
        "docs=a documentação; dependency=a dependência {}; dependencies={n} dependências, entre elas {};"
        "module=o módulo {}; comments=os comentários; links=links; link=um link;"
        "translations=as traduções {}; locked=as dependências fixadas; field=o campo {}",
        "*=em {}; add=a {}; remove=de {}; move=para {}",
        ("de {a} para {b}", "para {b}"),
        " e ",
        "{} e mais {n}",
    ),
    "it": _table(
        "add=aggiungi {o}{w}; remove=rimuovi {o}{w}; rename=rinomina {a} in {b}{w}; move=sposta {o}{w};"
        "replace=sostituisci {o} con {b}; use instead=usa {o} al posto di {a}{w}; use=usa {o}{w};"
        "bump=aggiorna {o}{v}; release=pubblica {o}; change=modifica {o}{v}{w}; fix=correggi {o}{w};"
        "handle=gestisci {o}{w}; check=controlla {o}{w}; update=aggiorna {o}{w};"
        "simplify=semplifica {o}{w}; rework=rivedi {o}{w}; extend=estendi {o}{w};"
        "format=formatta {o}{w}; document=documenta {o}{w}; ignore=ignora {o}; test=prova {o}{w}",
        "option=l’opzione {}; parameter=il parametro {}; tests=i test di {}; test=un test per {};"
        "typo=un refuso; typos=refusi; section=la sezione {}; page=la documentazione di {};"
        "docs=la documentazione; dependency=la dipendenza {}; dependencies={n} dipendenze tra cui {};"
        "module=il modulo {}; comments=i commenti; links=link; link=un link;"
        "translations=le traduzioni {}; locked=le dipendenze bloccate; field=il campo {}",
        "*=in {}; add=a {}; remove=da {}; move=in {}",
        ("da {a} a {b}", "a {b}"),
        " e ",
        "{} e altri {n}",
    ),
    "ru": _table(
        "add=добавить {o}{w}; remove=удалить {o}{w}; rename=переименовать {a} в {b}{w};"
        "move=переместить {o}{w}; replace=заменить {o} на {b}; use instead=заменить {a} на {o}{w};"
        "use=использовать {o}{w}; bump=обновить {o}{v}; release=выпустить {o}; change=изменить {o}{v}{w};"
        "fix=исправить {o}{w}; handle=обработать {o}{w}; check=проверять {o}{w}; update=обновить {o}{w};"
        "simplify=упростить {o}{w}; rework=переработать {o}{w}; extend=расширить {o}{w};"
        "format=отформатировать {o}{w}; document=описать {o}{w}; ignore=игнорировать {o}",
        "option=параметр {}; parameter=аргумент {}; tests=тесты {}; test=тест: {}; typo=опечатку;"
        "typos=опечатки; section=раздел {}; page=документацию {}; docs=документацию;"
        "dependency=зависимость {}; dependencies=зависимости ({n}), в том числе {}; module=модуль {};"
        "comments=комментарии; links=ссылки; link=ссылку; translations=переводы {};"
        "locked=зафиксированные зависимости; field=поле {}",
        "*=в {}; remove=из {}",
        ("с {a} до {b}", "до {b}"),
        " и ",
        "{} и ещё {n}",
    ),
    "zh": _table(
        "add={w}添加 {o}; remove={w}移除 {o}; rename=将 {a} 重命名为 {b}; move=移动 {o}{w};"
        "replace=用 {b} 替换 {o}; use instead={w}用 {o} 替换 {a}; use={w}使用 {o}; bump=升级 {o}{v};"
        "release=发布 {o}; change={w}修改 {o}{v}; fix=修复{w} {o}; handle={w}处理 {o}; check={w}检查 {o};"
        "update=更新{w} {o}; simplify=简化 {o}; rework=重构 {o}; extend=扩展 {o}; format=格式化 {o};"
        "document=补充 {o} 的文档; ignore=忽略 {o}; test=测试 {o}",
        "option=选项 {}; parameter=参数 {}; tests={} 的测试; test={} 的测试; typo=拼写错误;"
        "typos=拼写错误; section=章节 {}; page={} 文档; docs=文档; dependency=依赖 {};"
        "dependencies={n} 个依赖(包括 {}); module=模块 {}; comments=注释; links=链接; link=链接;"
        "translations={} 翻译; locked=锁定的依赖; field=字段 {}",
        "*=在 {} 中; move=到 {}; fix={} 中的; update={} 中的",
        ("从 {a} 到 {b}", "到 {b}"),
        " 和 ",
        "{} 等 {n} 项",
    ),
    "ja": _table(
        "add={w}{o} を追加; remove={w}{o} を削除; rename={a} を {b} に改名; move={o} を{w}移動;"
        "replace={o} を {b} に置き換え; use instead={a} の代わりに {o} を使用; use={w}{o} を使用;"
        "bump={o} を{v}更新; release={o} をリリース; change={w}{o} を{v}変更; fix={w}{o} を修正;"
        "handle={w}{o} を処理; check={w}{o} を確認; update={w}{o} を更新; simplify={o} を簡素化;"
        "rework={o} を見直し; extend={o} を拡張; format={o} を整形; document={o} の説明を追加;"
        "ignore={o} を無視; test={o} をテスト",
        "option=オプション {}; parameter=引数 {}; tests={} のテスト; test={} のテスト; typo=誤字;"
        "typos=誤字; section=「{}」の節; page={} のドキュメント; docs=ドキュメント; dependency=依存関係 {};"
        "dependencies={} など {n} 件の依存関係; module=モジュール {}; comments=コメント; links=リンク;"
        "link=リンク; translations={} の翻訳; locked=固定された依存関係; field=フィールド {}",
        "*={} の ; add={} に ; move={} に ; remove={} から ",
        ("{a} から {b} に", "{b} に"),
        "と ",
        "{} ほか {n} 件",
    ),
}
