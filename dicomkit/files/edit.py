"""Insert, modify and erase elements by path, as DCMTK's ``dcmodify`` does.

Setting an attribute on a pydicom data set is shorter, but ``dataset.PatientsName = "Doe"`` makes a plain
Python attribute and changes no element. Here an unknown keyword is an error, and so is a value that does not fit.
An edit is done in full, or the data set stays as it is.
"""

from __future__ import annotations

from pydicom.dataelem import DataElement
from pydicom.dataset import Dataset
from pydicom.sequence import Sequence
from pydicom.tag import BaseTag

from dicomkit.errors import AttributePathError
from dicomkit.files.attribute_path import PathStep, parse_path
from dicomkit.files.attribute_value import checked_element, vr_for
from dicomkit.files.quiet_pydicom import quiet_pydicom

__all__ = ["erase", "insert", "modify"]

_FIRST_GROUP_OF_DATA_SETS = 0x0008
_DICOMDIR_GROUP = 0x0004
_DELIMITER_GROUP = 0xFFFE
_MAX_NEW_ITEMS = 1000


def insert(dataset: Dataset, path: str, value: object = None, *, vr: str | None = None) -> None:
    r"""Insert an element, or replace it if it is there (``dcmodify -i``).

    Missing sequences and items along the path are made, and empty items before an item that is named by its index.

    Parameters
    ----------
    dataset
        The data set; it is changed.
    path
        Where, such as ``PatientName`` or ``(0008,1140)[0].ReferencedSOPInstanceUID``. Items count from 0. A
        path that ends in ``[n]`` makes an empty item.
    value
        The value; a list or text with ``\`` for several; None for none.
    vr
        The VR, where no dictionary knows it, as for most private elements.

    Raises
    ------
    AttributePathError
        If the path leads nowhere: a keyword that does not exist, an item of an element that is not a sequence.
    AttributeValueError
        If the value does not fit the VR, the VM or the character repertoire.

    References
    ----------
    PS3.5 section 7.5, Nesting of Data Sets; PS3.6, Data Dictionary.

    Examples
    --------
    >>> dataset = Dataset()
    >>> insert(dataset, "PatientName", "Doe^Jane")
    >>> insert(dataset, "(0008,1140)[0].ReferencedSOPInstanceUID", "1.2.3")
    >>> dataset.ReferencedImageSequence[0].ReferencedSOPInstanceUID
    '1.2.3'
    >>> insert(dataset, "PatientsName", "Doe^Jane")
    Traceback (most recent call last):
    dicomkit.errors.AttributePathError: PatientsName: no attribute has the keyword PatientsName; did you mean PatientName?
    """
    steps = _checked_steps(path)
    holders = _existing_holders(dataset, steps, path)
    _check_path(steps, holders, path)
    last = steps[-1]
    if last.item_index is not None:
        if value is not None:
            raise _no_value(path)
        _made_item(dataset, steps)
        return
    # Checked before any sequence or item is made.
    holder = holders[-1] if len(holders) == len(steps) else Dataset()
    vr = vr or vr_for(last.tag, holder, path)
    element = checked_element(last.tag, vr, value, character_set=_character_set(holders), given=path)
    _made_item(dataset, steps[:-1])[last.tag] = element


def modify(dataset: Dataset, path: str, value: object) -> None:
    r"""Change the value of an element that exists (``dcmodify -m``). Its VR stays.

    Parameters
    ----------
    dataset
        The data set; it is changed.
    path
        Where, as for `insert`.
    value
        The new value; a list or text with ``\`` for several; None for none.

    Raises
    ------
    AttributePathError
        If there is no such element.
    AttributeValueError
        If the value does not fit.

    Examples
    --------
    >>> dataset = Dataset()
    >>> dataset.Rows = 512
    >>> modify(dataset, "Rows", 70000)
    Traceback (most recent call last):
    dicomkit.errors.AttributeValueError: Rows: the value does not fit VR US; see PS3.5 section 6.2
    """
    holders, element = _existing(dataset, path)
    if isinstance(element, Dataset):
        raise _no_value(path)
    holders[-1][element.tag] = checked_element(
        element.tag, str(element.VR), value, character_set=_character_set(holders), given=path
    )


def erase(dataset: Dataset, path: str) -> None:
    """Erase an element, or an item of a sequence, from a data set (``dcmodify -e``).

    Parameters
    ----------
    dataset
        The data set; it is changed.
    path
        Where, as for `insert`. A path that ends in ``[n]`` erases that item.

    Raises
    ------
    AttributePathError
        If there is no such element or item.

    Examples
    --------
    >>> dataset = Dataset()
    >>> dataset.PatientID = "1"
    >>> erase(dataset, "PatientID")
    >>> len(dataset)
    0
    """
    holders, element = _existing(dataset, path)
    last = parse_path(path)[-1]
    if isinstance(element, Dataset):
        del holders[-1][last.tag].value[last.item_index]
    else:
        del holders[-1][last.tag]


def _checked_steps(path: str) -> list[PathStep]:
    steps = parse_path(path)
    for step in steps:
        group = step.tag.group
        if group == _DELIMITER_GROUP or (group < _FIRST_GROUP_OF_DATA_SETS and group != _DICOMDIR_GROUP):
            raise AttributePathError(
                path, f"group {group:04x} is no part of a data set", "edit group 0002 in dataset.file_meta"
            )
    return steps


@quiet_pydicom()
def _existing(dataset: Dataset, path: str) -> tuple[list[Dataset], DataElement | Dataset]:
    """Return the data sets along a path, outermost first, and the element or item that it names."""
    steps = _checked_steps(path)
    holders = _existing_holders(dataset, steps, path)
    last = steps[-1]
    step = steps[len(holders) - 1]  # the one without an element, if the path ends early
    if step.tag not in holders[-1]:
        raise AttributePathError(path, f"there is no {step.tag}", "insert it first, or look at the dump")
    element: DataElement = holders[-1][step.tag]
    if step is last and last.item_index is None:
        return holders, element
    items = _items(element, path)
    if step.item_index is None or step.item_index >= len(items):
        count = "1 item" if len(items) == 1 else f"{len(items)} items"
        raise AttributePathError(path, f"{step.tag} has {count}", "name one, counted from [0]")
    return holders, items[step.item_index]


@quiet_pydicom()
def _existing_holders(dataset: Dataset, steps: list[PathStep], path: str) -> list[Dataset]:
    """Return the data set and the existing items along the path, up to its last step."""
    holders = [dataset]
    for step in steps[:-1]:
        if step.tag not in holders[-1]:
            break
        items = _items(holders[-1][step.tag], path)
        if step.item_index is None or step.item_index >= len(items):
            break
        holders.append(items[step.item_index])
    return holders


def _check_path(steps: list[PathStep], holders: list[Dataset], path: str) -> None:
    """Make sure that each step with an item is a sequence, and that no step makes too many items."""
    for number, step in enumerate(steps):
        if step.item_index is None:
            continue
        holder = holders[number] if number < len(holders) else Dataset()
        count = 0
        if step.tag in holder:
            count = len(_items(holder[step.tag], path))
        elif vr_for(step.tag, holder, path) != "SQ":
            raise _no_sequence(step.tag, path)
        if step.item_index >= count + _MAX_NEW_ITEMS:
            raise AttributePathError(
                path, f"{step.tag} has {count} items", "insert the items in front of it first"
            )


@quiet_pydicom()
def _made_item(dataset: Dataset, steps: list[PathStep]) -> Dataset:
    """Return the item that the steps lead to; make missing sequences and items."""
    for step in steps:
        if step.tag not in dataset:
            dataset[step.tag] = DataElement(step.tag, "SQ", Sequence())
        items = dataset[step.tag].value
        index = step.item_index or 0
        while len(items) <= index:
            items.append(Dataset())
        dataset = items[index]
    return dataset


def _items(element: DataElement, path: str) -> Sequence:
    if element.VR != "SQ":
        raise _no_sequence(element.tag, path)
    items: Sequence = element.value
    return items


def _no_sequence(tag: BaseTag, path: str) -> AttributePathError:
    return AttributePathError(path, f"{tag} is no sequence", "leave out the item and what follows it")


def _no_value(path: str) -> AttributePathError:
    return AttributePathError(
        path, "is an item, and an item has no value", "name an element of it after a period"
    )


def _character_set(holders: list[Dataset]) -> str | list[str] | None:
    """Return the Specific Character Set that holds in the innermost data set (PS3.3 section C.12.1.1.2)."""
    for holder in reversed(holders):
        if "SpecificCharacterSet" in holder:
            value: str | list[str] | None = holder.SpecificCharacterSet
            return value
    return None
