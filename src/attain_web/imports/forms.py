"""Forms of imports: files to hand in, and the mapping that reads them."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.files.uploadedfile import UploadedFile
from django.utils.translation import gettext_lazy as _

SUFFIXES = (".csv", ".csv.gz", ".xlsx", ".xlsm", ".parquet")


class _Files(forms.ClearableFileInput):
    allow_multiple_selected = True


class FilesField(forms.FileField):
    """Several files at once."""

    widget = _Files

    def clean(self, data: Any, initial: Any = None) -> list[UploadedFile[Any]]:
        """Each file, checked for a name that can be read."""
        given = data if isinstance(data, (list, tuple)) else [data]
        files = [super(FilesField, self).clean(one, initial) for one in given]
        for file in files:
            if not file.name.lower().endswith(SUFFIXES):
                raise forms.ValidationError(
                    _("“%(name)s” is none of %(kinds)s."), params={"name": file.name, "kinds": ", ".join(SUFFIXES)}
                )
        return files


class HandInForm(forms.Form):
    """The files of an upload."""

    handed_in = FilesField(
        label=_("Files"),
        help_text=_("CSV, Excel (.xlsx) or Parquet; several at once where one mapping reads them together."),
        widget=_Files(attrs={"accept": ",".join(SUFFIXES)}),
    )


class MappingForm(forms.Form):
    """The mapping of an upload, as people write it, and under which name it is saved."""

    mapping = forms.CharField(
        label=_("Mapping"),
        help_text=_("Which column of which file fills which column of which table; the suggestion may be edited."),
        widget=forms.Textarea(attrs={"rows": 24, "spellcheck": "false", "class": "code"}),
    )
    match = forms.CharField(
        label=_("Find rows again by"),
        required=False,
        help_text=_("Columns other than the key, such as accounts: name. Empty: the key of each table."),
    )
    save_as = forms.CharField(
        label=_("Save as profile"), required=False, help_text=_("A name under which it is chosen the next time.")
    )
    again = forms.BooleanField(label=_("Also bring in what is in already"), required=False)

    def clean_match(self) -> dict[str, tuple[str, ...]]:
        """The columns by table."""
        return read_match(self.cleaned_data["match"])


def read_match(written: str) -> dict[str, tuple[str, ...]]:
    """By table the columns by which its rows are found again, as in ``accounts: name; participants: name, team``."""
    found = {}
    for part in filter(None, (one.strip() for one in written.split(";"))):
        table, _sign, columns = part.partition(":")
        found[table.strip()] = tuple(one.strip() for one in columns.split(",") if one.strip())
        if not found[table.strip()]:
            raise forms.ValidationError(_("Write a table and its columns: accounts: name"))
    return found
